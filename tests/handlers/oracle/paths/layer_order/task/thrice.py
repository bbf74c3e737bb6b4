WHERE = "task"
