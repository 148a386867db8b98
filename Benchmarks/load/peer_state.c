#include "peer_state.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

// Asks for the socket whose own address is our peer's and whose peer is us.
static bool ask(peer_state *p, int fd) {
  struct sockaddr_in own, peer;
  socklen_t own_size = sizeof own, peer_size = sizeof peer;
  if (getsockname(fd, (struct sockaddr *)&own, &own_size) < 0) return false;
  if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) < 0) return false;
  struct {
    struct nlmsghdr head;
    struct inet_diag_req_v2 wanted;
  } request = {
      .head = {.nlmsg_len = sizeof request, .nlmsg_type = SOCK_DIAG_BY_FAMILY,
               .nlmsg_flags = NLM_F_REQUEST},
      .wanted = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = UINT32_MAX}};
  struct inet_diag_sockid *id = &request.wanted.id;
  id->idiag_sport = peer.sin_port;
  id->idiag_dport = own.sin_port;
  id->idiag_src[0] = peer.sin_addr.s_addr;
  id->idiag_dst[0] = own.sin_addr.s_addr;
  id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return send(p->netlink, &request, sizeof request, 0) == (ssize_t)sizeof request;
}

// The state of the other end, or -1 when the kernel knows none.
static int state_of_peer(peer_state *p, int fd) {
  _Alignas(struct nlmsghdr) uint8_t bytes[1024];
  if (!ask(p, fd)) return -1;
  ssize_t count = recv(p->netlink, bytes, sizeof bytes, 0);
  const struct nlmsghdr *head = (const struct nlmsghdr *)bytes;
  if (count < (ssize_t)NLMSG_LENGTH(sizeof(struct inet_diag_msg))) return -1;
  if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY) return -1;
  return ((const struct inet_diag_msg *)NLMSG_DATA(head))->idiag_state;
}

void peer_state_open(peer_state *p, int fd) {
  p->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (p->netlink < 0 || state_of_peer(p, fd) == TCP_ESTABLISHED) return;
  close(p->netlink);
  p->netlink = -1;
}

bool peer_state_is_open(peer_state *p, int fd) {
  if (p->netlink < 0) return true;
  int state = state_of_peer(p, fd);
  return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
}
