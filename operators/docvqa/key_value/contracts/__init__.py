"""What the sentences of contracts say."""
