"""Some packages name the classes of AWS's runtime client, which is importable there. This has the ones they name."""
