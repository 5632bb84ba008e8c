"""Documents as files: media types, opening with MuPDF, image files, ink, rendering."""
