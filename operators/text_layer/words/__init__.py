"""The words of a text layer as printed: what MuPDF's structured text leaves apart, out, or in another order."""
