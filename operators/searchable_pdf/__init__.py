"""PDFs whose pages look as before and whose text can be selected."""
