"""The web page: what the emulator holds, and forms for what one does by hand; rendered here, without scripts."""
