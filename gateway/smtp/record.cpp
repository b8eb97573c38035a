// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/record.hpp"

#include "filters/findings_json.hpp"
#include "gateway/mail/utf8.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace smtp {
namespace {
constexpr std::size_t field_limit = 512;
LogFormat log_format;

std::string cut(std::string text)
{
    if (text.size() > field_limit) {
        auto end = field_limit;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
            --end;
        text.resize(end);
    }
    return text;
}

/// Octets of the character in front; 0: there is none, it is a control, or it steers the reader's
/// direction or eye.
std::size_t printable_length(std::string_view text)
{
    const auto [value, length, is_valid] = mail::first_character(text);
    const bool is_control = value < 0x20 || (value >= 0x7F && value < 0xA0);
    const bool is_quoted = value == U'"' || value == U'\\';
    const bool is_invisible = (value >= 0x200B && value < 0x2080) || value == 0xFEFF;
    return !is_valid || is_control || is_quoted || is_invisible ? 0 : length;
}

void append_escaped(std::string& out, std::string_view hostile)
{
    const auto end = out.size() + field_limit;
    for (std::size_t at = 0; at < hostile.size() && out.size() < end;) {
        if (const auto length = printable_length(hostile.substr(at))) {
            out += hostile.substr(at, length);
            at += length;
        } else {
            const auto byte = static_cast<unsigned char>(hostile[at++]);
            if (byte == '"' || byte == '\\')
                fmt::format_to(std::back_inserter(out), "\\{}", static_cast<char>(byte));
            else
                fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        }
    }
}

class Line {
public:
    Line() { text_.reserve(512); }
    void add(std::string_view key, std::string_view value, bool is_hostile = true)
    {
        if (!text_.empty())
            text_ += log_format.is_json ? ',' : ' ';
        const bool is_quoted
            = log_format.is_json || value.empty() || value.find_first_of(" =\"") != value.npos;
        if (log_format.is_json)
            text_.append("\"").append(key).append("\":\"");
        else
            text_.append(key).append(is_quoted ? "=\"" : "=");
        if (is_hostile)
            append_escaped(text_, value);
        else
            text_ += value;
        if (is_quoted)
            text_ += '"';
    }
    void write() const { spdlog::info(log_format.is_json ? "{" + text_ + "}" : text_); }

private:
    std::string text_;
};

std::string wire_summary(const mail::Reply& reply)
{
    return fmt::format("{} {} {}", reply.code, reply.enhanced, reply.text);
}

/// What `explain` and `trace` take: a row that is no recipient's gets its number in the history.
std::string id_of(const storage::RowId& row)
{
    if (row.mail.value() == 0)
        return "-";
    return row.number == 0 ? row.mail.to_string() : row.to_string();
}

void log_row(const storage::HistoryRow& row)
{
    Line line;
    line.add("event", "message", false);
    line.add("id", id_of(row.id), false);
    line.add("stage", row.stage, false);
    line.add("listener", row.listener, false);
    line.add("client", row.client, false);
    line.add("helo", row.helo);
    line.add("from", row.sender);
    line.add("to", row.recipient);
    line.add("size", std::to_string(row.size), false);
    line.add("action", mail::to_string(row.action), false);
    line.add("score", fmt::format("{:.1f}", row.score), false);
    line.add("rule", row.rule);
    line.add("reply", row.reply);
    line.add("delivery", row.delivery);
    line.add("message_id", row.message_id);
    if (log_format.with_subjects)
        line.add("subject", row.subject);
    line.write();
}
}

bool is_without_policy(const storage::HistoryRow& row)
{
    return row.step == mail::to_string(mail::Step::overriding)
        && (row.rule == "relay" || row.rule == "door" || row.rule == "data");
}

void set_log_format(LogFormat format) { log_format = format; }

std::string escaped(std::string_view hostile)
{
    std::string out;
    append_escaped(out, hostile);
    return out;
}

MessageRecord MessageRecord::of(const mail::Mail& mail, std::string_view stage)
{
    MessageRecord record;
    auto& row = record.row;
    row.id.mail = mail.id;
    row.time = mail.received_at;
    row.stage = stage;
    row.direction = mail.direction;
    row.listener = mail.listener;
    row.client = mail.client.ip.to_string();
    row.helo = cut(mail.client.helo);
    row.sender = mail::to_string(mail.sender);
    row.sending_domain = mail.sending_domain;
    row.size = mail.message.size();
    if (row.size > 0) {
        const auto& header = mail.message.header();
        row.from = cut(header.decoded("From"));
        row.subject = cut(header.decoded("Subject"));
        row.message_id = cut(header.decoded("Message-ID"));
    }
    return record;
}

void record_recipient(Context& context, const MessageRecord& message, const mail::Mail& mail,
                      std::size_t number, const mail::Recipient& recipient,
                      const filters::Judgement& judgement, const mail::Reply& reply,
                      std::string delivery, std::string timings)
{
    storage::HistoryRow row = message.row;
    row.id.number = static_cast<std::uint32_t>(number);
    row.recipient = recipient.address.to_string();
    row.owner = recipient.owner().key();
    row.action = recipient.verdict.action;
    row.rule = recipient.verdict.rule;
    row.step = mail::to_string(recipient.verdict.step);
    row.score = recipient.verdict.score;
    row.findings = filters::findings_json(mail.findings, recipient.findings, judgement.points);
    row.timings = std::move(timings);
    row.reply = wire_summary(reply);
    row.delivery = std::move(delivery);
    context.metrics.verdicts[static_cast<std::size_t>(row.action)].fetch_add(
        1, std::memory_order_relaxed);
    log_row(row);
    context.history->record(std::move(row));
}

void record_refusal(Context& context, const mail::Mail& mail, std::string_view stage,
                    std::string_view recipient, const mail::Verdict& verdict,
                    const mail::Findings& own, const mail::Reply& reply)
{
    storage::HistoryRow row = MessageRecord::of(mail, stage).row;
    row.id.number = 0;
    row.recipient = recipient;
    row.action = verdict.action;
    row.rule = verdict.rule;
    row.step = mail::to_string(verdict.step);
    row.score = verdict.score;
    row.findings = filters::findings_json(mail.findings, own, {});
    row.reply = wire_summary(reply);
    context.metrics.refused_recipients.fetch_add(1, std::memory_order_relaxed);
    log_row(row);
    context.history->record(std::move(row));
}

void record_client_refusal(Context& context, const mail::Client& client, std::string_view listener,
                           std::string_view stage, const mail::Reply& reply)
{
    if (!reply.is_transient())
        return;
    mail::Mail nothing;
    nothing.received_at = context.env->wall_now();
    nothing.id = context.ids->next(nothing.received_at);
    nothing.listener = listener;
    nothing.client = client;
    const mail::Verdict verdict{
        .action = mail::Action::defer, .step = mail::Step::overriding, .rule = "door"};
    record_refusal(context, nothing, stage, {}, verdict, {}, reply);
}

void log_attempt(mail::MailId id, std::string_view recipient, std::string_view server,
                 std::string_view outcome, const mail::Reply& reply, std::chrono::milliseconds took)
{
    Line line;
    line.add("event", "attempt", false);
    line.add("id", id.to_string(), false);
    line.add("to", recipient);
    line.add("server", server);
    line.add("outcome", outcome, false);
    line.add("reply", wire_summary(reply));
    line.add("ms", std::to_string(took.count()), false);
    line.write();
}
}
