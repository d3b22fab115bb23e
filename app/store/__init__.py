"""What is kept: the queries, one file for each noun."""
