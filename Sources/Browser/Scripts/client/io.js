// The entry: `io(url?, options?)` and what hangs on it. It finds or makes the connection that a
// namespace needs and hands out the socket.

const managers = new Map();

/** The endpoint's path, with a slash at both ends. `resource` is the older name of the option. */
function endpointPath({ path, resource }) {
  const name = String(path || resource || "socket.io").replace(/^\/+|\/+$/g, "");
  return `/${name}/`;
}

/** The full address of what a page may say: `/chat`, `//host/chat`, `host:81/chat`, `https://…`. */
function resolve(url) {
  const absolute = /^([a-z][a-z0-9+.-]*:)?\/\//i.test(url) || url.startsWith("/");
  const resolved = new URL(absolute ? url : `//${url}`, location.href);
  resolved.protocol = resolved.protocol.replace("ws", "http");
  return resolved;
}

/**
 * A socket for the namespace that the URL's path names, connecting unless `autoConnect` is false.
 * Sockets of one host and endpoint share a connection, unless `forceNew` is set, `multiplex` is
 * false or that connection already has this namespace.
 */
function io(url, options) {
  if (typeof url === "object") [url, options] = [undefined, url];
  const settings = { ...options };
  const target = resolve(url || "/");
  const endpoint = target.origin + endpointPath(settings);
  const namespace = decodeURI(target.pathname);
  if (target.search && !settings.query) settings.query = target.search;

  const shared = managers.get(endpoint);
  const alone = settings.forceNew || settings.multiplex === false;
  if (alone || (shared && shared.namespaces.has(namespace))) {
    return new Manager(endpoint, settings).socket(namespace, settings);
  }
  const manager = shared || new Manager(endpoint, settings);
  managers.set(endpoint, manager);
  return manager.socket(namespace, settings);
}

Object.assign(io, { io, connect: io, Manager, Socket, managers, protocol: 5 });
Object.assign(globalThis, { io, perigee: { io } });
