"""What a received message becomes, whichever way it came: streaming pull or push."""
