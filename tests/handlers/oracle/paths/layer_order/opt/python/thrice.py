WHERE = "python"
