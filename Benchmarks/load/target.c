#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"

enum { LOCAL_ADDRESSES = 8, NARROW_BUFFER = 2048, NARROW_SEGMENT = 1460 };

target target_read(const char *url) {
  target t = {0};
  char host[100], port[6] = "80";
  if (sscanf(url, "http://%99[^:/]:%5[0-9]", host, port) < 1) fail("%s is no http:// URL", url);
  struct addrinfo wish = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  int error = getaddrinfo(host, port, &wish, &found);
  if (error != 0) fail("%s: %s", url, gai_strerror(error));
  memcpy(&t.address, found->ai_addr, sizeof t.address);
  freeaddrinfo(found);
  t.is_loopback = ntohl(t.address.sin_addr.s_addr) >> 24 == 127;
  snprintf(t.host, sizeof t.host, "%s:%s", host, port);
  return t;
}

static int bind_local(int fd, size_t number) {
  int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  struct sockaddr_in local = {
      .sin_family = AF_INET,
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(number % LOCAL_ADDRESSES))};
  return bind(fd, (struct sockaddr *)&local, sizeof local);
}

static void narrow(int fd) {
  int buffer = NARROW_BUFFER, segment = NARROW_SEGMENT;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
}

int target_dial(const target *t, size_t number, bool is_narrow) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (is_narrow) narrow(fd);
  int failed = t->is_loopback ? bind_local(fd, number) : 0;
  if (failed == 0) {
    failed = connect(fd, (const struct sockaddr *)&t->address, sizeof t->address);
    if (failed < 0 && errno == EINPROGRESS) failed = 0;
  }
  if (failed == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}
