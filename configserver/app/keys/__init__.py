"""From settings to keys, for ciphers and for SOPS, and to what keeps them current."""
