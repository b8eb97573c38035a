// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/dns_message.hpp"

#include <algorithm>

namespace net {
using namespace std::chrono_literals;

namespace {
using Status = DnsAnswer::Status;

constexpr std::size_t longest_name = 255, most_pointers = 127, most_records = 1000, most_kept = 256;
constexpr int most_aliases = 8;

/// Every read says whether the octets were there.
class Reader {
public:
    Reader(std::string_view message, std::size_t at) : message_{message}, at_{at} { }
    std::size_t at() const { return at_; }
    bool octet(unsigned& value)
    {
        if (at_ >= message_.size())
            return false;
        value = static_cast<std::uint8_t>(message_[at_++]);
        return true;
    }
    bool number(unsigned& value, int octets)
    {
        value = 0;
        for (unsigned next = 0; octets > 0; --octets) {
            if (!octet(next))
                return false;
            value = value << 8 | next;
        }
        return true;
    }
    bool skip(std::size_t size)
    {
        if (message_.size() - at_ < size)
            return false;
        at_ += size;
        return true;
    }
    /// A name in canonical spelling. Pointers lead backwards only, so they cannot make a circle.
    bool name(std::string& text)
    {
        text.clear();
        std::size_t from = at_, size = 1, pointers = 0, barrier = at_;
        const auto leave = [&](std::size_t end) { at_ = pointers ? at_ : end; };
        while (from < message_.size()) {
            const auto length = static_cast<std::uint8_t>(message_[from]);
            if (length == 0) {
                leave(from + 1);
                return true;
            }
            if (length >= 0xc0) {
                if (from + 1 >= message_.size() || ++pointers > most_pointers)
                    return false;
                if (pointers == 1)
                    at_ = from + 2;
                from = (length & 0x3fU) << 8 | static_cast<std::uint8_t>(message_[from + 1]);
                if (from >= barrier)
                    return false;
                barrier = from;
                continue;
            }
            size += length + 1U;
            if (length > 63 || size > longest_name || message_.size() - from <= length)
                return false;
            append_label(text, message_.substr(from + 1, length));
            from += length + 1U;
        }
        return false;
    }

private:
    std::string_view message_;
    std::size_t at_;
};

struct Record {
    std::string owner;
    unsigned type = 0, type_class = 0, lifetime = 0, size = 0;
    std::size_t data = 0; ///< where in the message

    bool is_of(RecordType wanted) const
    {
        return type_class == 1 && type == static_cast<unsigned>(wanted);
    }
};

bool read_record(Reader& reader, Record& record)
{
    if (!reader.name(record.owner) || !reader.number(record.type, 2)
        || !reader.number(record.type_class, 2) || !reader.number(record.lifetime, 4)
        || !reader.number(record.size, 2))
        return false;
    // RFC 2181 §8: a TTL with the highest bit set is zero.
    if (record.lifetime > 0x7fffffffU)
        record.lifetime = 0;
    record.data = reader.at();
    return reader.skip(record.size);
}

bool read_records(Reader& reader, unsigned count, std::vector<Record>& into)
{
    if (count > most_records)
        return false;
    for (; count > 0; --count)
        if (!read_record(reader, into.emplace_back()))
            return false;
    return true;
}

/// A name that fills the rest of the record.
bool read_name(Reader& reader, const Record& record, std::string& into)
{
    return reader.name(into) && reader.at() == record.data + record.size;
}

bool read_strings(std::string_view data, std::string& into)
{
    for (std::size_t at = 0; at < data.size();) {
        const auto size = static_cast<std::uint8_t>(data[at]);
        if (data.size() - at <= size)
            return false;
        into += data.substr(at + 1, size);
        at += size + 1U;
    }
    return !data.empty();
}

bool read_data(std::string_view message, const Record& record, RecordType type, DnsRecord& into)
{
    Reader reader{message, record.data};
    const auto data = message.substr(record.data, record.size);
    unsigned preference = 0;
    switch (type) {
    case RecordType::a:
    case RecordType::aaaa:
        into.data = data;
        return data.size() == (type == RecordType::a ? 4 : 16);
    case RecordType::txt:
        return read_strings(data, into.data);
    case RecordType::tlsa:
        into.data = data;
        return data.size() > 3;
    case RecordType::mx:
        if (!reader.number(preference, 2))
            return false;
        into.preference = static_cast<std::uint16_t>(preference);
        return read_name(reader, record, into.data);
    case RecordType::soa:
        return reader.name(into.data) && reader.at() <= record.data + record.size;
    case RecordType::ns:
    case RecordType::cname:
    case RecordType::ptr:
        return read_name(reader, record, into.data);
    }
    return false;
}

DnsResponse failed(std::string problem) { return {.answer = {.problem = std::move(problem)}}; }

std::string text_of_code(unsigned code)
{
    switch (code) {
    case 1:
        return "FORMERR";
    case 2:
        return "SERVFAIL";
    case 4:
        return "NOTIMP";
    case 5:
        return "REFUSED";
    default:
        return "response code " + std::to_string(code);
    }
}

struct Head {
    unsigned id = 0, flags = 0, questions = 0, answers = 0, authorities = 0, additional = 0;

    unsigned code() const { return flags & 0xfU; }
    bool is_response() const { return (flags & 0xf800U) == 0x8000U; }
    bool is_truncated() const { return (flags & 0x0200U) != 0; }
    bool is_authentic() const { return (flags & 0x0020U) != 0; }
};

bool read_head(Reader& reader, Head& head)
{
    for (unsigned* const field : {&head.id, &head.flags, &head.questions, &head.answers,
                                  &head.authorities, &head.additional})
        if (!reader.number(*field, 2))
            return false;
    return head.is_response() && head.questions == 1;
}

bool has_question(Reader& reader, std::string_view canonical, RecordType type)
{
    std::string name;
    unsigned asked = 0, asked_class = 0;
    return reader.name(name) && reader.number(asked, 2) && reader.number(asked_class, 2)
        && name == canonical && asked == static_cast<unsigned>(type) && asked_class == 1;
}

/// RFC 2308 §5: the lesser of the SOA's TTL and its MINIMUM, its last field.
std::chrono::seconds negative_lifetime(std::string_view message, const std::vector<Record>& records)
{
    for (const auto& record : records) {
        unsigned minimum = 0;
        if (!record.is_of(RecordType::soa) || record.size < 22)
            continue;
        Reader reader{message, record.data + record.size - 4};
        if (reader.number(minimum, 4))
            return std::chrono::seconds{std::min(record.lifetime, minimum)};
    }
    return 0s;
}

/// Where the aliases that begin at `name` end; false after too many. `lifetime` sinks on the way.
bool follow(std::string_view message, const std::vector<Record>& records, std::string& name,
            unsigned& lifetime)
{
    for (int aliases = 0; aliases <= most_aliases; ++aliases) {
        const auto alias = std::find_if(records.begin(), records.end(), [&](const Record& record) {
            return record.is_of(RecordType::cname) && record.owner == name;
        });
        if (alias == records.end())
            return true;
        lifetime = std::min(lifetime, alias->lifetime);
        Reader reader{message, alias->data};
        if (!read_name(reader, *alias, name))
            return false;
    }
    return false;
}

/// The records of `type` at the end of the aliases, or the reason why there are none.
DnsResponse found_in(std::string_view message, const std::vector<Record>& records, std::string name,
                     RecordType type)
{
    unsigned lifetime = 0x7fffffffU;
    if (type != RecordType::cname && !follow(message, records, name, lifetime))
        return failed("too many or broken aliases");
    DnsResponse response{.answer = {.status = Status::no_data}};
    for (const auto& record : records) {
        if (!record.is_of(type) || record.owner != name)
            continue;
        DnsRecord data;
        if (!read_data(message, record, type, data))
            return failed("malformed record");
        lifetime = std::min(lifetime, record.lifetime);
        response.answer.status = Status::found;
        if (response.answer.records.size() < most_kept)
            response.answer.records.push_back(std::move(data));
    }
    response.lifetime = std::chrono::seconds{lifetime};
    return response;
}
}

DnsResponse read_response(std::string_view message, std::string_view canonical, RecordType type)
{
    constexpr unsigned no_error = 0, no_such_name = 3;
    Reader reader{message, 0};
    Head head;
    if (!read_head(reader, head) || !has_question(reader, canonical, type))
        return failed("not a response to the question");
    if (head.code() != no_error && head.code() != no_such_name)
        return failed(text_of_code(head.code()));
    if (head.is_truncated())
        return failed("truncated");
    std::vector<Record> answers, authorities;
    if (!read_records(reader, head.answers, answers))
        return failed("malformed response");
    auto response = found_in(message, answers, std::string{canonical}, type);
    if (response.answer.has_failed())
        return response;
    response.answer.is_secure = head.is_authentic();
    if (head.code() == no_such_name) {
        response.answer.status = Status::no_name;
        response.answer.records.clear();
    }
    if (response.answer.is_void()) {
        const bool is_whole = read_records(reader, head.authorities, authorities);
        response.lifetime = is_whole ? negative_lifetime(message, authorities) : 0s;
    }
    return response;
}
}
