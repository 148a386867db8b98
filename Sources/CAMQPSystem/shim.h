// librabbitmq, and what of it Swift cannot see: numbers behind casts, and functions with any number of
// arguments.

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

static const amqp_method_number_t AMQPBasicAck = AMQP_BASIC_ACK_METHOD;
static const amqp_method_number_t AMQPBasicCancel = AMQP_BASIC_CANCEL_METHOD;
static const amqp_method_number_t AMQPBasicDeliver = AMQP_BASIC_DELIVER_METHOD;
static const amqp_method_number_t AMQPBasicNack = AMQP_BASIC_NACK_METHOD;
static const amqp_method_number_t AMQPBasicReturn = AMQP_BASIC_RETURN_METHOD;
static const amqp_method_number_t AMQPChannelClose = AMQP_CHANNEL_CLOSE_METHOD;
static const amqp_method_number_t AMQPChannelCloseOk = AMQP_CHANNEL_CLOSE_OK_METHOD;
static const amqp_method_number_t AMQPConnectionBlocked = AMQP_CONNECTION_BLOCKED_METHOD;
static const amqp_method_number_t AMQPConnectionClose = AMQP_CONNECTION_CLOSE_METHOD;
static const amqp_method_number_t AMQPConnectionUnblocked = AMQP_CONNECTION_UNBLOCKED_METHOD;
static const amqp_method_number_t AMQPQueueBind = AMQP_QUEUE_BIND_METHOD;
static const amqp_method_number_t AMQPQueueUnbind = AMQP_QUEUE_UNBIND_METHOD;

/// Logs in by name and password, and asks to be told when a consumer is cancelled and when publishers
/// are blocked.
static inline amqp_rpc_reply_t AMQPLogIn(
    amqp_connection_state_t connection, const char *virtualHost, int heartbeatSeconds,
    const char *user, const char *password) {
  amqp_table_entry_t wanted[2];
  wanted[0].key = amqp_cstring_bytes("consumer_cancel_notify");
  wanted[1].key = amqp_cstring_bytes("connection.blocked");
  for (int index = 0; index < 2; index++) {
    wanted[index].value.kind = AMQP_FIELD_KIND_BOOLEAN;
    wanted[index].value.value.boolean = 1;
  }
  amqp_table_entry_t capabilities;
  capabilities.key = amqp_cstring_bytes("capabilities");
  capabilities.value.kind = AMQP_FIELD_KIND_TABLE;
  capabilities.value.value.table.num_entries = 2;
  capabilities.value.value.table.entries = wanted;
  amqp_table_t properties = {1, &capabilities};
  return amqp_login_with_properties(
      connection, virtualHost, AMQP_DEFAULT_MAX_CHANNELS, AMQP_DEFAULT_FRAME_SIZE,
      heartbeatSeconds, &properties, AMQP_SASL_METHOD_PLAIN, user, password);
}
