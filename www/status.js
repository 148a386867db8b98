// The line that tells how a page is connected. Pages import it; it only watches the socket.

const CARRIERS = { websocket: "WebSocket", polling: "long-polling" };

/** Keeps `element` telling the state of `socket`'s connection, for eyes and screen readers. */
export function showConnection(socket, element) {
  const tell = (state, text) => {
    element.dataset.state = state;
    element.textContent = text;
  };
  const connected = () => {
    const { transport } = socket.io.engine;
    tell("connected", `Connected over ${CARRIERS[transport.name] || transport.name}`);
  };

  tell("waiting", "Connecting…");
  socket.on("connect", () => {
    connected();
    socket.io.engine.on("upgrade", connected);
  });
  socket.on("connect_error", (error) =>
    tell("away", socket.active ? "The server cannot be reached. Trying again…" : error.message)
  );
  socket.on("disconnect", () =>
    tell("away", socket.active ? "Connection lost. Coming back…" : "Disconnected")
  );
}
