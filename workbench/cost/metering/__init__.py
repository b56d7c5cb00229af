"""What a process and everything it started use: time, processor, memory, bytes, energy."""
