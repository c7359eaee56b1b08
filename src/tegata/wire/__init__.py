"""The messages that actors exchange: one module a conversation, each endpoint declared once for both sides."""
