"""Opens documents: media types, MuPDF, image files, rendering, and ink detection."""
