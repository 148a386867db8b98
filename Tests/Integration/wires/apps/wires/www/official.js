// Keeps the official client, if it is there, before the project's own takes the name.
window.clients = { official: window.io };
