---@meta perigee
-- Types of everything that Perigee offers to scripts, for the Lua language server.
-- `perigee types > perigee.d.lua`, then add that file to the workspace library.

---A value that JSON can carry. In Lua, JSON null is `perigee.null`, except among the arguments of an
---event, where it is nil.
---@alias Value nil|boolean|number|string|table|Binary|Null

---Bytes that travel as a binary attachment instead of as text.
---@class Binary
---@field data string the bytes
---@operator len: integer
---@operator concat(Binary|string): Binary

---JSON null inside arrays and objects. It counts as true in a condition: compare with `perigee.null`.
---@class Null

---A timer that `perigee.cancel` takes.
---@alias Timer integer

---@class Handshake
---@field address string? the client's address
---@field headers table<string, string>? names in lower case
---@field query table<string, string>? parameters of the connecting request
---@field path string? the path that the client connected to
---@field url string?
---@field secure boolean? whether the connection is encrypted
---@field time number? seconds since 1970

---The client that an event came from: the first argument of every handler.
---@class Socket
---@field id string what clients know this socket by
---@field namespace string such as "/chat"
---@field session table one for each connection, shared by the app's namespaces on it
---@field handshake Handshake how the client connected
---@field recovered boolean whether the client was cut off and came back
---@field [string] any a script's own fields stay with the socket, across reloads too
local Socket = {}

---Sends an event to this client.
---@param event string
---@param ... Value
---@return boolean sent false when the client is gone
function Socket:emit(event, ...) end

---Sends an event and waits for the client's acknowledgement, ten seconds at most.
---@param event string
---@param ... Value
---@return any ... the acknowledged values, or nil and "timeout" or "disconnected"
function Socket:emit_with_ack(event, ...) end

---Chooses how long to wait: `self:timeout(2):emit_with_ack("question")`.
---@param seconds number
---@return Sending
function Socket:timeout(seconds) end

---For what may be lost: `self:volatile():emit("position", x, y)`.
---@return Sending
function Socket:volatile() end

---For values of which only the newest counts: `self:latest("cursor"):emit("cursor", x, y)`.
---@param key string at most 255 bytes
---@return Sending
function Socket:latest(key) end

---@param room string at most 256 bytes
---@param ... string
function Socket:join(room, ...) end

---@param room string
---@param ... string
function Socket:leave(room, ...) end

---@return string[] rooms that this socket joined
function Socket:rooms() end

---Rooms to reach, without oneself: `self:to("a", "b"):except("c"):emit("hello")`.
---@param room string
---@param ... string
---@return Target
function Socket:to(room, ...) end

---Rooms to reach, oneself too.
---@param room string
---@param ... string
---@return Target
function Socket:in_rooms(room, ...) end

---Everybody but those in the rooms, and but oneself.
---@param room string
---@param ... string
---@return Target
function Socket:except(room, ...) end

---Sends an event to everybody in the namespace but oneself.
---@param event string
---@param ... Value
function Socket:broadcast(event, ...) end

---Sends the event `pubblication` with the message to every subscriber of the channel.
---@param channel string
---@param message Value
function Socket:publish(channel, message) end

---Publishes and waits until it is kept.
---@param channel string
---@param message Value
---@return string? position where it is kept, or nil
---@return string? reason why not
function Socket:publish_with_ack(channel, message) end

---@param channel string
function Socket:subscribe(channel) end

---@param channel string
function Socket:unsubscribe(channel) end

---Makes the client present on a channel under a user's key, or changes key and meta. It gets
---`presence_state` once and then `presence_diff`.
---@param channel string at most 256 bytes
---@param key string at most 256 bytes
---@param meta table<string, Value>? what others are told
function Socket:track(channel, key, meta) end

---The client is present there no more.
---@param channel string
function Socket:untrack(channel) end

---Has the client told who is present, without being so.
---@param channel string
function Socket:watch(channel) end

---@param channel string
function Socket:unwatch(channel) end

---Reads what is published on channels of this namespace, from now on:
---`for message, channel in self:listen("tweets") do … end`. Waits for each message; the loop ends when
---the client is gone.
---@param channel string
---@param ... string
---@return Listener
function Socket:listen(channel, ...) end

---Sends an error event: the client gets `error` with the name, the message and the data.
---@param name string
---@param message string?
---@param data Value?
function Socket:error(name, message, data) end

---Disconnects this socket.
---@param close boolean? true: its whole connection, other namespaces too
function Socket:disconnect(close) end

---Calls a function later, unless the client is gone by then.
---@param seconds number
---@param callback fun()
---@return Timer
function Socket:after(seconds, callback) end

---Calls a function again and again until the client is gone.
---@param seconds number
---@param callback fun()
---@return Timer
function Socket:every(seconds, callback) end

---Messages of channels. Called, it waits for the next one.
---@class Listener
---@overload fun(): Value, string message and channel; nil when the client is gone
local Listener = {}

---Ends the listener. The end of its handler does, too.
function Listener:close() end

---A client and the way to send to it. It never changes; each step makes a new one.
---@class Sending
local Sending = {}

---@param event string
---@param ... Value
---@return boolean sent false when the client is gone
function Sending:emit(event, ...) end

---@param event string
---@param ... Value
---@return any ... the acknowledged values, or nil and "timeout" or "disconnected"
function Sending:emit_with_ack(event, ...) end

---@return Sending
function Sending:volatile() end

---@param key string at most 255 bytes
---@return Sending
function Sending:latest(key) end

---@param seconds number
---@return Sending
function Sending:timeout(seconds) end

---@class Answer
---@field id string whose answer it is
---@field values Value[] the acknowledged values

---@class Silence
---@field id string? who did not answer
---@field node string? the node that did not even say whom it asked
---@field reason string "timeout" or "disconnected"; for nodes see MissingNode

---@class MissingNode
---@field node string
---@field reason "timeout"|"disconnected"|"no handler"|"failed"|"too large"|"incomplete"|"not delivered"|"overloaded"|"not running"

---@class NodeAnswer
---@field node string
---@field values Value[] what its handler returned

---A client on whichever node, as it was when it was fetched.
---@class Client
---@field id string
---@field namespace string
---@field node string
---@field rooms string[]
---@field session table the fields that are JSON
---@field handshake Handshake
local Client = {}

---@param event string
---@param ... Value
function Client:emit(event, ...) end

---@param room string
---@param ... string
function Client:join(room, ...) end

---@param room string
---@param ... string
function Client:leave(room, ...) end

---@param close boolean? true: its whole connection
function Client:disconnect(close) end

---Whom to reach: rooms, and rooms to spare. A target never changes; each step makes a new one.
---@class Target
local Target = {}

---@param room string
---@param ... string
---@return Target
function Target:to(room, ...) end

---@param room string
---@param ... string
---@return Target
function Target:in_rooms(room, ...) end

---@param room string
---@param ... string
---@return Target
function Target:except(room, ...) end

---What is sent may be lost.
---@return Target
function Target:volatile() end

---Of what is sent with the same key only the newest counts.
---@param key string at most 255 bytes
---@return Target
function Target:latest(key) end

---How long to wait for acks, instead of ten seconds, or for the clients of all nodes, instead of five.
---@param seconds number
---@return Target
function Target:timeout(seconds) end

---@param event string
---@param ... Value
function Target:emit(event, ...) end

---Sends an event and waits until all have acknowledged it or left, or the time is over.
---@param event string
---@param ... Value
---@return Answer[] answers in the order in which they came
---@return Silence[] silent those who did not answer
function Target:emit_with_ack(event, ...) end

---@return Socket[] sockets of this node
function Target:sockets() end

---Waits for the clients of all nodes.
---@return Client[] clients
---@return MissingNode[] missing the nodes that gave no answer
function Target:fetch_sockets() end

---@param room string
---@param ... string
function Target:join(room, ...) end

---@param room string
---@param ... string
function Target:leave(room, ...) end

---@param close boolean? true: their whole connections
function Target:disconnect(close) end

---A namespace of the app, by `perigee.of`. Its methods do what the functions of `perigee` do.
---@class Namespace
local Namespace = {}

---@param event string
---@param ... Value
function Namespace:emit(event, ...) end

---@param room string
---@param ... string
---@return Target
function Namespace:to(room, ...) end

---@param room string
---@param ... string
---@return Target
function Namespace:in_rooms(room, ...) end

---@param room string
---@param ... string
---@return Target
function Namespace:except(room, ...) end

---@return Target
function Namespace:everyone() end

---@return Target
function Namespace:volatile() end

---@param key string at most 255 bytes
---@return Target
function Namespace:latest(key) end

---@param channel string
---@param message Value
function Namespace:publish(channel, message) end

---@param channel string
---@param message Value
---@return string? position where it is kept, or nil
---@return string? reason why not
function Namespace:publish_with_ack(channel, message) end

---@param channel string
---@param options History
function Namespace:history(channel, options) end

---@param id string
---@return Socket?
function Namespace:socket(id) end

---@return string[]
function Namespace:rooms() end

---@param channel string
---@return table<string, table[]>
---@overload fun(self: Namespace, channel: string, key: string): table[]
function Namespace:presence(channel) end

---@param event string
---@param ... Value
function Namespace:server_emit(event, ...) end

---@param event string
---@param ... Value
---@return NodeAnswer[] answers
---@return MissingNode[] missing
function Namespace:server_emit_with_ack(event, ...) end

---A list in a model. `table.insert`, `table.remove`, `table.sort`, `ipairs` and `#` work as well.
---@class ModelList
---@field [integer] any
---@operator len: integer
local ModelList = {}

---Adds values at the end.
---@param value Value
---@param ... Value
function ModelList:push(value, ...) end

---Takes the last item out.
---@return any item nil when the list is empty
function ModelList:pop() end

---Takes the first item out.
---@return any item nil when the list is empty
function ModelList:shift() end

---Adds values at the beginning, the first value first.
---@param value Value
---@param ... Value
function ModelList:unshift(value, ...) end

---Adds a value before an item, or at the end.
---@param position integer
---@param value Value
---@overload fun(self: ModelList, value: Value)
function ModelList:insert(position, value) end

---Takes an item out, the last one unless it is named. Put back into a list it is the same item.
---@param position integer?
---@return any item
function ModelList:remove(position) end

---Sorts the list; equal items keep their order.
---@param order (fun(a: any, b: any): boolean)?
function ModelList:sort(order) end

---Takes all items out.
function ModelList:clear() end

---How a model is read, kept and stored.
---@class ModelOptions
---@field read (true|fun(self: Socket, key: string?): any)? who may read it; `true`: everybody
---@field key (fun(self: Socket, asked: any): any)? the key that a client gets; false: none
---@field persist boolean? store it, so that it outlives the host
---@field history integer? how many patches are kept for clients that come back
---@field idle number? seconds after which a value with a key is forgotten that nobody uses

---@class History
---@field size integer? how many messages are kept
---@field age number? for how many seconds
---@field durable boolean? whether they outlive the host

---Writes to the host's log: `log("text")`, `log("warn", "text")`, `log.error("text")`.
---@class Log
---@overload fun(...: any)
---@field debug fun(...: any)
---@field info fun(...: any)
---@field warn fun(...: any)
---@field error fun(...: any)

---@class Json
---@field null Null
local json = {}

---@param value Value
---@return string
function json.encode(value) end

---Raises an error that says where the text is no JSON.
---@param text string
---@return Value
function json.decode(text) end

---Marks a table as an array, so that an empty one is written as `[]`.
---@generic T: table
---@param list T?
---@return T
function json.array(list) end

---Marks a table as an object; numbers as keys become text.
---@generic T: table
---@param object T?
---@return T
function json.object(object) end

---The built-in module; also what `require "perigee"` answers.
---@class TimerOptions
---@field each_worker boolean? made while the script is loaded: each worker has it, not the first alone

---@class SharedOptions
---@field ttl number? seconds after which the key is gone

---Values that all workers of the app see, until the host ends. Tables are copied in and out.
---@class Shared
local Shared = {}

---@param key string at most 256 bytes
---@return Value
function Shared.get(key) end

---@param key string
---@param value Value nil removes the key
---@param options SharedOptions?
function Shared.set(key, value, options) end

---Adds to a number; a key that is not there begins at 0, and then its `ttl` counts.
---@param key string
---@param n number? 1 unless given
---@param options SharedOptions?
---@return number sum
function Shared.add(key, n, options) end

---Stores what the function answers; it is called again when another worker was faster.
---@param key string
---@param change fun(value: Value): Value
---@param options SharedOptions?
---@return Value
function Shared.update(key, change, options) end

---@param key string
---@return boolean deleted false when there was nothing
function Shared.delete(key) end

---@param prefix string? all keys unless given
---@return string[]
function Shared.keys(prefix) end

---@class perigee
---@field app string the app's name
---@field namespace string? the script's namespace; nil in modules
---@field version string the host's version
---@field worker integer which of the app's workers this is, from 1
---@field workers integer how many the app has
---@field shared Shared what all workers see
---@field node string this host among the nodes of a cluster: sixteen hexadecimal digits
---@field log Log
---@field json Json
---@field null Null
perigee = {}

---@return string uuid random, version 4
function perigee.uuid() end

---@return number seconds since 1970
function perigee.now() end

---@return number seconds of a clock that never jumps
function perigee.monotonic() end

---Suspends the handler. Others run meanwhile.
---@param seconds number
function perigee.sleep(seconds) end

---Calls a function later. Made in a handler, the timer outlives reloads; made while the script is
---loaded, it ends with its generation.
---@param seconds number
---@param callback fun()
---@param options TimerOptions?
---@return Timer
function perigee.after(seconds, callback, options) end

---Calls a function again and again, at most every millisecond.
---@param seconds number
---@param callback fun()
---@param options TimerOptions?
---@return Timer
function perigee.every(seconds, callback, options) end

---@param timer Timer
---@return boolean cancelled false when it was over already
function perigee.cancel(timer) end

---@param bytes string
---@return Binary
function perigee.binary(bytes) end

---Sends the event `pubblication` with the message to every subscriber of the channel.
---@param channel string
---@param message Value
function perigee.publish(channel, message) end

---Publishes and waits until it is kept.
---@param channel string
---@param message Value
---@return string? position where it is kept, or nil
---@return string? reason why not
function perigee.publish_with_ack(channel, message) end

---Sends an event to everybody in the namespace.
---@param event string
---@param ... Value
function perigee.emit(event, ...) end

---@param room string
---@param ... string
---@return Target
function perigee.to(room, ...) end

---@param room string
---@param ... string
---@return Target
function perigee.except(room, ...) end

---The same as `perigee.to`.
---@param room string
---@param ... string
---@return Target
function perigee.in_rooms(room, ...) end

---Everybody in the namespace.
---@return Target
function perigee.everyone() end

---Everybody in the namespace, for what may be lost.
---@return Target
function perigee.volatile() end

---Everybody in the namespace, for values of which only the newest counts.
---@param key string at most 255 bytes
---@return Target
function perigee.latest(key) end

---@param id string
---@return Socket? socket the client with this id, if it is connected
function perigee.socket(id) end

---@return string[] rooms that have members
function perigee.rooms() end

---Who is present on a channel, on all nodes: from keys to lists of metas, one for each connection, each with
---its `ref`. With a key its list alone.
---@param channel string
---@return table<string, table[]>
---@overload fun(channel: string, key: string): table[]
function perigee.presence(channel) end

---@return string[] nodes that serve the app, this one first
function perigee.nodes() end

---Calls `server_NAME(node, ...)` of this script on the other nodes.
---@param event string
---@param ... Value
function perigee.server_emit(event, ...) end

---The same, and waits for what the handlers return.
---@param event string
---@param ... Value
---@return NodeAnswer[] answers
---@return MissingNode[] missing the nodes that gave no answer
function perigee.server_emit_with_ack(event, ...) end

---How much of a channel is kept for those who come back.
---@param channel string
---@param options History
function perigee.history(channel, options) end

---Declares a model while the script is loaded: a table with named fields whose changes reach every
---page and every client that subscribes to `model:NAME`. With a function it has a value for each key,
---which the function makes when it is first used. The data outlives reloads.
---@param name string letters, digits, `_` and `-`
---@param initial table|fun(key: string): table
---@param options ModelOptions?
---@return any
function perigee.model(name, initial, options) end

---The same, for a family of models: `make(key)` returns what the one of that key begins with.
---@param name string
---@param make fun(key: string): table
---@param options? table
---@return table<string, table> models made at their first use
function perigee.models(name, make, options) end

---A copy of a value without anything of a model in it: plain tables.
---@generic T
---@param value T
---@return T
function perigee.plain(value) end

---Another namespace that a script of the app serves.
---@param name string such as "/orders/7"
---@return Namespace
function perigee.of(name) end

---A variable that the host allows this app to read.
---@param name string
---@return string?
function perigee.env(name) end

---Refuses a connection from within `middleware` or `on_connect`, or a request, with status 403.
---@param message string what the client's connect_error says
---@param data Value?
function reject(message, data) end

---An HTTP request, the second argument of a route's handler.
---@class Request
---@field method string
---@field path string below the script's namespace
---@field url string
---@field params table<string, string> what `:name` and `*name` of the route stand for
---@field query table<string, string> by name the last value
---@field query_all table<string, string[]>
---@field headers table<string, string> names in lower case
---@field cookies table<string, string>
---@field body string
---@field form table<string, string> fields of a urlencoded or multipart body
---@field form_all table<string, string[]>
---@field files table<string, Upload> by the name of their field
---@field files_all table<string, Upload[]>
---@field address string
---@field secure boolean
---@field host string
local Request = {}

---The decoded body. If it is no JSON, the request ends with status 400.
---@return Value
function Request:json() end

---@class Upload
---@field filename string
---@field type string
---@field data string the bytes

---@class Cookie
---@field value string|number|false false removes it
---@field path string? "/" unless given
---@field domain string?
---@field max_age integer? seconds
---@field http_only boolean? true unless given
---@field secure boolean?
---@field same_site "strict"|"lax"|"none"|nil "lax" unless given

---@alias Header string|number|false|(string|number)[]

---@class Response
---@field status integer? 200 to 599
---@field headers table<string, Header>?
---@field body Value|fun(write: Writer) a generator makes it a stream
---@field type string? the content type
---@field cookies table<string, string|number|false|Cookie>?

---Sends bytes of a stream. Answers false when the client is gone.
---@alias Writer fun(...: string|number|Binary): boolean

---@class EventOptions
---@field event string?
---@field id string|integer|nil
---@field retry integer? milliseconds

---Sends a message of an event stream; without a value a comment.
---@alias Sender fun(value?: Value, options?: EventOptions): boolean

---Answers a request: a body, a status, headers.
---@alias Route fun(self: Socket, request: Request): Value|Response, integer?, table<string, Header>?

---HTTP routes of a script, by method and path: `["GET /items/:id"] = function(self, request) … end`.
---@type table<string, Route>
routes = {}

---@param fields Response
---@return Response
function response(fields) end

---@param text string
---@return Response
function html(text) end

---@param location string
---@param status (301|302|303|307|308)? 302 unless given
---@return Response
function redirect(location, status) end

---A response that a generator writes.
---@param type string the content type
---@param generator fun(write: Writer)
---@return Response
function stream(type, generator) end

---An event stream, for EventSource in browsers.
---@param generator fun(send: Sender)
---@return Response
function sse(generator) end

---A handler whose responses have this content type.
---@param type string
---@param handler Route
---@return Route
function expose(type, handler) end

---Ends a request with an error.
---@param status integer 400 to 599
---@param message string?
---@param data Value?
function abort(status, message, data) end

---What a value must be like, made by `text{}`, `schema{}` and the others. It never changes.
---@class Rule
local Rule = {}

---The same rule with one more check function. It runs on the server only, once everything within the
---value is valid, and may wait. It answers whether the value is good, and a message or, for
---`schema{}`, a table of messages by field. `whole` is the whole value that is validated.
---@param test fun(value: any, whole: any, self: Socket?): any, string|table|nil
---@return Rule
function Rule:check(test) end

---@param value any
---@param context Socket? what check functions get as `self`
---@return any value the cleaned value; nil when it is not valid
---@return table? errors messages by field or by index from "0" on; "_" is for the value as a whole
function Rule:validate(value, context) end

---Options of every rule.
---@class RuleOptions
---@field optional boolean? the value may be missing: nil, null or an empty text
---@field default Value what a missing value becomes
---@field message string? for whatever is wrong; `{min}`, `{max}` and `{options}` are filled in
---@field messages Messages? goes before `message`
---@field check (fun(value: any, whole: any, self: Socket?): any, string|table|nil)?

---@class Messages
---@field required string?
---@field type string?
---@field min string?
---@field max string?
---@field like string?
---@field pattern string?
---@field must string?
---@field check string?

---@class TextOptions: RuleOptions
---@field min integer? characters
---@field max integer? characters
---@field trim boolean? true unless given: without space at either end
---@field like "digits"|"word"|"slug"|"url"|nil
---@field pattern string? a Lua pattern; checked on the server only

---@class EmailOptions: RuleOptions
---@field max integer? characters, 254 unless given

---@class NumberOptions: RuleOptions
---@field min number?
---@field max number?

---@class BooleanOptions: RuleOptions
---@field must true? only true will do

---@class ListOptions: RuleOptions
---@field [1] Rule what each entry must be like
---@field min integer?
---@field max integer? 1,000 unless given

---@class ChoiceOptions: RuleOptions
---@field [integer] string|number

---Fields by name, beside the options of every rule.
---@class SchemaFields: RuleOptions
---@field on_error nil|string|fun(self: Socket, errors: table, ...: any): any what becomes of errors
---@field [string] Rule

---@param options TextOptions?
---@return Rule
function text(options) end

---@param options EmailOptions?
---@return Rule
function email(options) end

---Whole numbers that every browser holds exactly, and texts that stand for one.
---@param options NumberOptions?
---@return Rule
function integer(options) end

---@param options NumberOptions?
---@return Rule
function number(options) end

---@param options BooleanOptions?
---@return Rule
function boolean(options) end

---@param options ChoiceOptions
---@return Rule
function choice(options) end

---@param options ListOptions
---@return Rule
function list(options) end

---@param fields SchemaFields
---@return Rule
function schema(fields) end

---@param options RuleOptions?
---@return Rule
function any(options) end

---The rules of an event's arguments: of the only one, or of each in its place.
---@alias Arguments Rule|{ [integer]: Rule, on_error: nil|string|fun(self: Socket, errors: table, ...: any): any }

---What the arguments of events must be like, by event. A field of the returned table, or a global.
---@type table<string, Arguments>
validate = {}

---Answers whether the client may send the event, and a message if it may not. May wait.
---@alias Predicate fun(self: Socket, ...: any): any, string?

---Predicates for `require = { delete = auth.role("admin") }`, a field of the returned table or a
---global. The user is `self.user`, or else `self.session.user`.
---@class auth
auth = {}

---@return Predicate
function auth.logged_in() end

---@param name string `user.role` is it, or `user.roles` has it
---@return Predicate
function auth.role(name) end

---@param ... Predicate
---@return Predicate
function auth.any(...) end

---@param ... Predicate
---@return Predicate
function auth.all(...) end

---@param predicate Predicate
---@return Predicate
function auth.no(predicate) end

---A widget, for others to extend.
---@class Widget

---@class WidgetFields
---@field name string? the script's name unless given
---@field template string? the template, or the name of a file in the app's `www` that ends in .html
---@field params table? names in a list are parameters without a default, other keys are with theirs
---@field init nil|string|fun(self: Socket, params: table): table? data, before the page is rendered; as text, JavaScript
---@field extends nil|string|Widget
---@field validate table<string, Arguments>?
---@field style string?
---@field script string?
---@field js string?
---@field partials table<string, string>?

---Declares a widget while the script is loaded.
---@param fields WidgetFields
---@return Widget
function perigee.widget(fields) end
