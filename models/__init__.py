"""What answers: engines that know images and text, and nothing of documents."""
