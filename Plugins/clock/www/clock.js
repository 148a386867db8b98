// Shows the publications of the channel "time". EventSource reconnects by itself and tells the host
// where it was, so that nothing is left out.

const connection = document.getElementById("connection");
const time = document.getElementById("time");
const stream = "/clock/events?channel=time";

document.getElementById("address").textContent = new URL(stream, location.href).href;

const events = new EventSource(stream);
events.onopen = () => {
  connection.textContent = "Connected";
  connection.dataset.state = "connected";
};
events.onerror = () => {
  connection.textContent = "Reconnecting…";
  connection.dataset.state = "away";
};
events.onmessage = ({ data }) => {
  const frame = JSON.parse(data);
  if (frame.channel === "time" && frame.data.time) time.textContent = frame.data.time;
};
