"""The command line, `lantern`: one file for each command."""
