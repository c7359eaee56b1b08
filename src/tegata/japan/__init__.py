"""Japanese data and text: municipalities, eras, kana, widths, My Number, calendar. No I/O beyond packaged data."""
