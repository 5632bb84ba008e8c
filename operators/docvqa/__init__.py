"""Document question answering: which pages a question is sent about, and the answer with its evidence."""
