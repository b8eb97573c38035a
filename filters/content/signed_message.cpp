// SPDX-License-Identifier: Apache-2.0
#include "filters/content/signed_message.hpp"

#include <cstdint>
#include <limits>

namespace filters::content {
namespace {
constexpr unsigned sequence = 0x30, set = 0x31, integer = 0x02, identifier = 0x06, octets = 0x04,
                   pieces = 0x24, explicit_0 = 0xA0, end_of_contents = 0x00;

/// Reads values of BER (X.690 §8.1) one behind the other; enters what holds others by reading on.
class Values {
public:
    explicit Values(std::string_view ber) : rest_{ber} { }

    struct Value {
        unsigned tag = end_of_contents;
        std::optional<std::size_t> length; ///< nothing: it ends with an end of contents
    };
    /// Takes tag and length.
    std::optional<Value> next()
    {
        if (rest_.size() < 2)
            return {};
        Value value{take(), {}};
        const unsigned first = take();
        constexpr unsigned is_long = 0x80;
        if (first == is_long)
            return value;
        std::size_t length = first;
        if (first > is_long) {
            const std::size_t digits = first - is_long;
            if (digits > rest_.size())
                return {};
            length = 0; // by any number of zeros in front
            for (std::size_t i = 0; i < digits; ++i) {
                if (length > std::numeric_limits<std::uint32_t>::max())
                    return {};
                length = length << 8 | take();
            }
        }
        value.length = length;
        return value;
    }
    /// Takes a value's contents.
    std::string_view contents(std::size_t length)
    {
        const auto text = rest_.substr(0, length);
        rest_.remove_prefix(text.size());
        return text;
    }
    /// Reads on in a value, and no further than it goes.
    bool enter(unsigned tag)
    {
        const auto value = next();
        if (!value || value->tag != tag)
            return false;
        rest_ = rest_.substr(0, value->length.value_or(rest_.size()));
        return true;
    }
    bool skip(unsigned tag)
    {
        auto value = next();
        if (!value || value->tag != tag)
            return false;
        std::size_t open = value->length ? 0 : 1;
        contents(value->length.value_or(0));
        while (open > 0) {
            value = next();
            if (!value)
                return false;
            if (value->tag == end_of_contents)
                --open;
            else if (!value->length)
                ++open;
            contents(value->length.value_or(0));
        }
        return true;
    }

private:
    unsigned take()
    {
        const auto octet = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return octet;
    }
    std::string_view rest_;
};

/// What a ContentInfo holds (RFC 5652 §3), as an object identifier's octets; "": it is none.
std::string_view content_type(Values& in)
{
    if (!in.enter(sequence))
        return {};
    const auto kind = in.next();
    return kind && kind->tag == identifier ? in.contents(kind->length.value_or(0)) : "";
}

/// Where the content of signed data follows, if there is one.
std::optional<Values> signed_values(std::string_view file)
{
    constexpr std::string_view signed_data{"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", 9};
    Values in{file};
    if (content_type(in) != signed_data || !in.enter(explicit_0) || !in.enter(sequence)
        || !in.skip(integer) || !in.skip(set) || !in.enter(sequence) || !in.skip(identifier))
        return {};
    return in;
}
}

bool is_encrypted_message(std::string_view file)
{
    constexpr std::string_view enveloped{"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03", 9},
        authenticated{"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17", 11};
    Values in{file};
    const auto kind = content_type(in);
    return kind == enveloped || kind == authenticated;
}

bool is_signed_message(std::string_view file) { return signed_values(file).has_value(); }

std::optional<std::string> signed_content(std::string_view file)
{
    auto values = signed_values(file);
    if (!values || !values->enter(explicit_0))
        return {};
    std::string content;
    // In one piece, or in pieces of pieces.
    while (const auto value = values->next()) {
        if (value->tag == octets && value->length)
            content += values->contents(*value->length);
        else if (value->tag != pieces && value->tag != end_of_contents)
            break;
    }
    return content;
}
}
