// SPDX-License-Identifier: Apache-2.0
// The routes' table as an OpenAPI document.
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

#include <algorithm>
#include <array>

namespace web {
namespace {
/// A JSON object that requests or answers have. Members are "name" (a text), "name:kind" or
/// "name:[kind]"; a kind is integer, number, boolean, time, maybe (a text or null),
/// object, or another shape.
struct Shape {
    std::string_view name, members;
};
constexpr std::array shapes{
    Shape{"About", "hostname notice:Notice"},
    Shape{"AccountFacts",
          "name role local:boolean addresses:[string] domains:[string] language"
          " must_change_password:boolean"},
    Shape{"Alerts",
          "mail:[string] mails_waiting:integer hook:object report last_report:time next_report:time"
          " language standing:[Condition]"},
    Shape{"AuditEntry", "number:integer time:time who act object"},
    Shape{"AuditPage", "rows:[AuditEntry] next:maybe"},
    Shape{"BackupFile", "path made:time bytes:integer before_upgrade:boolean"},
    Shape{"Backups",
          "folder nightly:boolean running:boolean problem notes:[string] backups:[BackupFile]"},
    Shape{"BlockList", "zone name terms:object url mark detail"},
    Shape{"BlockLists", "lists:[BlockList]"},
    Shape{"Changed", "changed:integer job total:integer"},
    Shape{"Choice", "ids:[string] all:boolean exclude:[string] spam:boolean"},
    Shape{"Certificate", "url certificate:CertificateFacts problem uses:[CertificatePlace]"},
    Shape{"CertificateChecks",
          "ok:boolean warnings:boolean checks:[TestStep] certificate:CertificateFacts"},
    Shape{"CertificateFacts", "subject names:[string] begins:time ends:time"},
    Shape{"CertificateOffer", "certificate key uses:[string] anyway:boolean"},
    Shape{"CertificatePlace", "name address listener:boolean tls:boolean own:boolean locked:maybe"},
    Shape{"CertificateState", "for file subject names:[string] ends:time days:integer problem"},
    Shape{"Condition", "name object severity sentence:object advice:object since:time"},
    Shape{"Credentials", "name password"},
    Shape{"DigestAction", "d action"},
    Shape{"DigestMessage", "recipient subject from date:time actions:[string]"},
    Shape{"DigestOrder", "user dry_run:boolean"},
    Shape{"DigestOutcome", "address messages:integer language sent:boolean problem"},
    Shape{"DigestOutcomes", "digests:[DigestOutcome]"},
    Shape{"DnsChecks", "checks:[TestStep] mx_line"},
    Shape{"DomainFacts",
          "name next_hops:[object] tls protocol recipients recipients_problem alias_of mode"
          " block_action thresholds:object today:object"},
    Shape{"DomainTest", "ok:boolean servers:[object]"},
    Shape{"Domains", "domains:[DomainFacts]"},
    Shape{"Document", ""},
    Shape{"Entries", "entries:[Entry] next:maybe"},
    Shape{"Entry",
          "list entry kind scope note author created:time hits:integer last_hit:time"
          " expires:time"},
    Shape{"Explanation",
          "id recipient action rule score:number text judged:boolean thresholds:object"
          " facts:[object] authentication:[object] sentence:object ladder:[object] today:object"
          " change:object entry:object"},
    Shape{"Explanations", "explanations:[Explanation]"},
    Shape{"Feed", "name url serial:integer made:time looked:time problem versions:[FeedVersion]"},
    Shape{"FeedOutcome", "name serial:integer new:boolean problem"},
    Shape{"FeedOutcomes", "outcomes:[FeedOutcome]"},
    Shape{"FeedVersion", "serial:integer"},
    Shape{"Feeds", "feeds:[Feed]"},
    Shape{"FirstAdministrator", "token name password"},
    Shape{"FingerprintCounts", "spam:integer wanted:integer contested:integer"},
    Shape{"AccountBrake",
          "account brake why since:time until:time exempt_until:time last:time locks:integer"
          " bounces:integer written_again:integer gone"},
    Shape{"AccountDone", "account done told:boolean locked:boolean problem"},
    Shape{"AccountPage", "accounts:[AccountBrake] known:integer hook:boolean next:maybe"},
    Shape{"Cause",
          "cause state seen:integer stopped:integer passed:integer last:time by:[NamedCount]"},
    Shape{"DomainFact", "what name state found paste"},
    Shape{"DomainRecords",
          "domain looked:time lists_looked:time busy:boolean facts:[DomainFact] lists:[Listing]"},
    Shape{"Hygiene",
          "looked:time whole:boolean mails:integer causes:[Cause] refusals:[Refusal]"
          " senders:[SendingPart]"},
    Shape{"Listing", "subject zone name url state answer"},
    Shape{"NamedCount", "name count:integer"},
    Shape{"Refusal", "domain blames words link last:time mails:integer stands:boolean"},
    Shape{"SendingPart", "kind name mails:[integer] stopped:integer refused:integer odd:integer"},
    Shape{"DeadAddress", "address sender refusals:integer text first:time last:time"},
    Shape{"DeadAddressPage", "addresses:[DeadAddress] next:maybe"},
    Shape{"SenderPair", "account address first:time last:time mails:integer"},
    Shape{"SenderPairPage", "pairs:[SenderPair] next:maybe"},
    Shape{"SenderPairDone", "account address done"},
    Shape{"ListFinding", "list member what why source is_inferred:boolean"},
    Shape{"ListFindings", "findings:[ListFinding] next:maybe lists:integer"},
    Shape{"DmarcSum",
          "domain day source reports:integer mails:integer proven:integer dkim:integer spf:integer"
          " quarantined:integer rejected:integer"},
    Shape{"DmarcSums", "rows:[DmarcSum] next:maybe"},
    Shape{"TlsSum", "domain day reporter policy mx why succeeded:integer failed:integer"},
    Shape{"TlsSums", "rows:[TlsSum] next:maybe"},
    Shape{"AbuseReport", "at:time type reporter account alias list source recipient message_id"},
    Shape{"AbuseReports", "rows:[AbuseReport] next:maybe"},
    Shape{"ReceivedReport", "at:time kind reporter domain id error rows:integer"},
    Shape{"ReceivedReports", "reports:[ReceivedReport] next:maybe"},
    Shape{"Forwarding", "from to first:time last:time mails:integer spam:integer"},
    Shape{"ForwardingPage", "forwarding:[Forwarding] next:maybe"},
    Shape{"Forgotten", "removed:integer"},
    Shape{"LayerFacts",
          "name summary listener_layer:boolean content_layer:boolean settings facts:[object]"
          " on:boolean stopped:integer found:integer errors:integer ms_p50:number ms_p95:number"
          " ms_mean:number in_scan:object"},
    Shape{"Layers",
          "since:time counted_since:time messages:integer points:integer scan:object"
          " layers:[LayerFacts]"},
    Shape{"Lessons", "spam:integer ham:integer needed_of_each:integer"},
    Shape{"Lesson", "id outcome"},
    Shape{"HeldCount", "held:integer"},
    Shape{"Health", "ok:boolean problems:[string] conditions:[Condition]"},
    Shape{"HistoryPage", "rows:[HistoryRow] next:maybe looked_back_to:maybe"},
    Shape{"HistoryRow",
          "id time:time stage listener direction client helo sender recipient from"
          " subject message_id size:integer action rule step score:number"
          " findings:[object] timings:object reply delivery entry:object state:maybe"},
    Shape{"Import", "lines:[ImportLine] added:integer wrong:integer dry_run:boolean"},
    Shape{"ImportLine", "line:integer entry list scope problem"},
    Shape{"ImportedFingerprints", "fingerprints:integer"},
    Shape{"Complaint", "line:integer column:integer text source_line hint"},
    Shape{"Job", "id act state done:integer changed:integer total:integer problem result:object"},
    Shape{"MadeToken", "number:integer name scopes created:time used:time expires:time token"},
    Shape{"Matches", "matches:[Entry] decision:maybe networks:[NetworkMatch]"},
    Shape{"MessageText",
          "from to subject date source text truncated:boolean parts:[object] links:[object]"},
    Shape{"NetworkMatch",
          "effect network list line:integer changed:time hits:integer"
          " last_hit:time"},
    Shape{"NewEntry", "list entry scope note expires"},
    Shape{"NewToken", "name scopes expires"},
    Shape{"NextHopQuestion", "domain next_hop"},
    Shape{"NextHopReport", "takes_mail:boolean takes_everyone:boolean steps:[TestStep]"},
    Shape{"NewUser",
          "name role password addresses:[string] domains:[string] language locked:boolean"
          " must_change_password:boolean"},
    Shape{"Notice", "text:object url phone"},
    Shape{"PageSettings", "domains:[object] preset block_lists:[string] certificate_for:[string]"},
    Shape{"PasswordChange", "old new"},
    Shape{"OwnSession", "client created:time seen:time expires:time current:boolean"},
    Shape{"OwnSessions", "sessions:[OwnSession]"},
    Shape{"PersonalSettings",
          "language digest:object filter_off:boolean thresholds:object bounds:object"},
    Shape{"Policy",
          "layers:[string] domains:[string] mode source document revision:integer origin file"
          " locked:maybe problem"},
    Shape{"PolicyApplied", "revision:integer warnings:[string]"},
    Shape{"PolicyCheck",
          "ok:boolean complaints:[Complaint] unread:[object] layers:integer rules:integer"
          " domains:integer"},
    Shape{"PolicyDiff", "text added:integer removed:integer"},
    Shape{"PolicyDocument", "document note expected:integer against:integer"},
    Shape{"PolicyRevision", "number:integer time:time author note of:integer document"},
    Shape{"PolicyRevisions", "current:integer revisions:[PolicyRevision] next:maybe"},
    Shape{"PolicyRollback", "revision:integer expected:integer note"},
    Shape{
        "Preview",
        "kind entry public_suffix:boolean would_have_hit:integer looked_at:integer actions:object"},
    Shape{"Problem", "type title status:integer detail"},
    Shape{"Reload", "reloaded:boolean restarts:boolean complaints warnings"},
    Shape{"Removed", "removed:boolean"},
    Shape{"RuleRow",
          "name layer source kind score:number describe japanese hits:integer gave_up:integer"
          " runs:integer nanoseconds:integer"},
    Shape{"RuleTable",
          "messages:integer measured:integer tests:[RuleRow] in_all:integer next:maybe"},
    Shape{"RuleTrial", "kind text days:number message"},
    Shape{"RuleTrialResult", "complaints:[Complaint] hits:[object] score:number job total:integer"},
    Shape{"ReportText", "since:time until:time subject text html"},
    Shape{"Row",
          "id state reason detail recipient sender client direction from subject message_id"
          " size:integer score:number attempts:integer received_at:time next_attempt:time"
          " expires_at:time last_reply"},
    Shape{"RowPage", "rows:[Row] next:maybe"},
    Shape{"Rows", "rows:[Row]"},
    Shape{"Sent", "sent:[SentTo]"},
    Shape{"SentTo", "to id:maybe problem"},
    Shape{"SessionFacts", "client created:time seen:time expires:time"},
    Shape{"Settings",
          "settings:PageSettings locked:object policy hostname web_url domains:[string]"
          " listeners:[object]"},
    Shape{"Setup", "valid:boolean done:boolean notice:Notice"},
    Shape{"SimulationOrder", "document days:number domain rescan:boolean"},
    Shape{"Started", "job total:integer"},
    Shape{"SetupLink", "token url expires:time"},
    Shape{
        "SignedIn",
        "token csrf account:AccountFacts features:object quarantine_days:integer tag bounds:object"
        " thresholds:object notice:Notice hostname version"},
    Shape{"Standing", "of good:number bad:number score:number since:time last:time"},
    Shape{"Standings", "standings:[Standing]"},
    Shape{"StatisticsOf",
          "since:time until:time step_s:integer steps:[string] actions:object totals:object"
          " layers:[object] reasons:[object] scores:[object] latency:[object]"
          " latency_steps:object queue:object sources:[object] senders:[object]"
          " recipients:[object]"},
    Shape{"BackupStarted", "started:boolean"},
    Shape{
        "Status",
        "ok:boolean problems:[string] conditions:[Condition] version started:time uptime_s:integer"
        " listeners:[object] sessions:object messages:object store:object backup:object disk:object"
        " next_hops:[object] scan:object dns:object lists:object rate_proposal:maybe"
        " certificate_ends:time loops:object log_lines_dropped:integer"},
    Shape{"System",
          "version started:time hostname url data certificates:[CertificateState] feeds:[object]"
          " dns:object disk:object store:object scan:object backup:object"
          " conditions:[Condition]"},
    Shape{"TestMessage", "accepted:boolean reply id"},
    Shape{"TestRecipient", "to"},
    Shape{"TestStep", "what mark detail"},
    Shape{"Trace", "messages:[TracedMessage]"},
    Shape{"Token", "number:integer name scopes created:time used:time expires:time"},
    Shape{"Tokens", "tokens:[Token]"},
    Shape{"TracedMessage", "id history:[HistoryRow] store:[Row]"},
    Shape{"User",
          "name role local:boolean locked:boolean must_change_password:boolean has_password:boolean"
          " addresses:[string] domains:[string] language created:time last_sign_in:time"
          " sessions:[SessionFacts]"},
    Shape{"UserChange",
          "role password addresses:[string] domains:[string] language locked:boolean"
          " must_change_password:boolean"},
    Shape{"UserPage", "rows:[User] next:maybe"},
};

std::string_view take_word(std::string_view& words)
{
    const auto end = std::min(words.find(' '), words.size());
    const auto word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    return word;
}

/// "name:kind" in two; a text where no kind stands.
std::pair<std::string_view, std::string_view> name_and_kind(std::string_view word)
{
    const auto colon = word.find(':');
    if (colon == std::string_view::npos)
        return {word, "string"};
    return {word.substr(0, colon), word.substr(colon + 1)};
}

bool is_shape(std::string_view name)
{
    return std::ranges::find(shapes, name, &Shape::name) != shapes.end();
}

void write_reference(JsonWriter& json, std::string_view shape)
{
    json.begin_object().member("$ref", "#/components/schemas/" + std::string{shape}).end_object();
}

void write_kind(JsonWriter& json, std::string_view kind)
{
    if (kind.starts_with('[')) {
        json.begin_object().member("type", "array").key("items");
        write_kind(json, kind.substr(1, kind.size() - 2));
        json.end_object();
    } else if (is_shape(kind)) {
        write_reference(json, kind);
    } else if (kind == "time" || kind == "maybe") {
        // What never happened is null, and so is the page behind the last.
        json.begin_object().key("type").begin_array().text("string").text("null").end_array();
        if (kind == "time")
            json.member("format", "date-time");
        json.end_object();
    } else {
        json.begin_object().member("type", kind).end_object();
    }
}

void write_shape(JsonWriter& json, const Shape& shape)
{
    json.key(shape.name).begin_object().member("type", "object").key("properties").begin_object();
    for (auto words = shape.members; !words.empty();) {
        const auto [name, kind] = name_and_kind(take_word(words));
        json.key(name);
        write_kind(json, kind);
    }
    json.end_object().end_object();
}

void write_parameter(JsonWriter& json, std::string_view name, std::string_view kind,
                     bool is_in_path)
{
    json.begin_object().member("name", name).member("in", is_in_path ? "path" : "query");
    json.member("required", is_in_path).key("schema");
    write_kind(json, kind);
    json.end_object();
}

void write_parameters(JsonWriter& json, const Route& route)
{
    json.key("parameters").begin_array();
    for (auto rest = route.pattern; rest.contains('{');) {
        rest.remove_prefix(rest.find('{') + 1);
        write_parameter(json, rest.substr(0, rest.find('}')), "string", true);
    }
    for (auto words = route.parameters; !words.empty();) {
        const auto [name, kind] = name_and_kind(take_word(words));
        write_parameter(json, name, kind, false);
    }
    json.end_array();
}

/// A shape as JSON, or the media type that stands in its place as text.
void write_content(JsonWriter& json, std::string_view what)
{
    const bool is_json = is_shape(what);
    json.key("content").begin_object().key(is_json ? "application/json" : what);
    json.begin_object().key("schema");
    is_json ? write_reference(json, what) : write_kind(json, "string");
    json.end_object().end_object();
}

/// What is answered when all goes well: to a POST that makes something 201.
std::string_view status_of(const Route& route)
{
    constexpr std::array<std::string_view, 5> made{"Entry", "MadeToken", "SetupLink", "SignedIn",
                                                   "User"};
    if (route.answer.empty())
        return "204";
    const bool is_made
        = route.method == "POST" && std::ranges::find(made, route.answer) != made.end();
    return is_made ? "201" : "200";
}

void write_answers(JsonWriter& json, const Route& route)
{
    json.key("responses").begin_object();
    json.key(status_of(route)).begin_object();
    json.member("description", route.summary);
    if (!route.answer.empty())
        write_content(json, route.answer);
    json.end_object().key("default").begin_object();
    json.member("description", "Why it was not done (RFC 9457)").key("content").begin_object();
    json.key("application/problem+json").begin_object().key("schema");
    write_reference(json, "Problem");
    json.end_object().end_object().end_object().end_object();
}

std::string operation_id(const Route& route)
{
    std::string id{route.method};
    std::ranges::transform(id, id.begin(), [](char c) { return static_cast<char>(c + 32); });
    constexpr std::string_view prefix = "/api/v1";
    for (const char c : route.pattern.substr(prefix.size()))
        if (c != '{' && c != '}')
            id += c == '/' || c == '.' ? '_' : c;
    return id;
}

void write_operation(JsonWriter& json, const Route& route)
{
    std::string method{route.method};
    std::ranges::transform(method, method.begin(),
                           [](char c) { return static_cast<char>(c + 32); });
    json.key(method).begin_object().member("operationId", operation_id(route));
    json.member("summary", route.summary);
    write_parameters(json, route);
    if (!route.body.empty()) {
        json.key("requestBody").begin_object().member("required", true);
        write_content(json, route.body);
        json.end_object();
    }
    write_answers(json, route);
    json.end_object();
}
}

awaitable<Response> get_openapi(Site& site, Principal, Request)
{
    JsonWriter json;
    json.begin_object().member("openapi", "3.1.0").key("info").begin_object();
    json.member("title", "Mailweir").member("version", site.version).end_object();
    json.key("paths").begin_object();
    const auto all = routes();
    for (std::size_t i = 0; i < all.size();) {
        const auto pattern = all[i].pattern;
        json.key(pattern).begin_object();
        for (; i < all.size() && all[i].pattern == pattern; ++i)
            write_operation(json, all[i]);
        json.end_object();
    }
    json.end_object().key("components").begin_object().key("schemas").begin_object();
    for (const auto& shape : shapes)
        write_shape(json, shape);
    json.end_object().end_object().end_object();
    co_return json_response(json.take());
}
}
