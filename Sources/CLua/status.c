// What the statuses of errors are called in JSON: the words of RFC 9110, section 15.
#include "http.h"

typedef struct status {
  lua_Integer number;
  const char *name;
} status;

static const status statuses[] = {
    {400, "bad_request"},          {401, "unauthorized"},
    {402, "payment_required"},     {403, "forbidden"},
    {404, "not_found"},            {405, "method_not_allowed"},
    {406, "not_acceptable"},       {408, "request_timeout"},
    {409, "conflict"},             {410, "gone"},
    {411, "length_required"},      {412, "precondition_failed"},
    {413, "content_too_large"},    {414, "uri_too_long"},
    {415, "unsupported_media_type"}, {416, "range_not_satisfiable"},
    {417, "expectation_failed"},   {421, "misdirected_request"},
    {422, "unprocessable_content"}, {423, "locked"},
    {426, "upgrade_required"},     {428, "precondition_required"},
    {429, "too_many_requests"},    {451, "unavailable_for_legal_reasons"},
    {500, "internal_error"},       {501, "not_implemented"},
    {502, "bad_gateway"},          {503, "overloaded"},
    {504, "gateway_timeout"},
};

const char *pg_status_name(lua_Integer number) {
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
    if (statuses[i].number == number) return statuses[i].name;
  }
  return "error";
}
