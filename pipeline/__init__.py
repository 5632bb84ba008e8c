"""How stages become Ray Data jobs, and how their rows are committed."""
