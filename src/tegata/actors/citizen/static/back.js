// The answer goes back by itself; without script the button does it.
document.querySelector("form[data-back]")?.requestSubmit();
