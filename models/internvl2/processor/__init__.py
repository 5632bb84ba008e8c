"""From images and questions to what the network takes: tiles, chat template, prompt."""
