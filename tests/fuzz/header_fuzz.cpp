// SPDX-License-Identifier: Apache-2.0
// Field lists, unfolding, address lists, tags, and messages cut into chunks and rendered again.
#include "gateway/mail/header.hpp"
#include "gateway/mail/stamp.hpp"
#include "gateway/mail/tag.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

namespace {
void check_list(std::string_view value)
{
    const auto list = mail::parse_address_list(value);
    require(list.entries.size() <= mail::HeaderLimits::addresses);
    for (const auto& entry : list.entries) {
        require(mail::is_utf8(entry.display_name));
        require(mail::Mailbox::parse(entry.mailbox.to_string()) == entry.mailbox);
    }
}

void check_fields(std::string_view block)
{
    const auto header = mail::Header::parse(block);
    std::size_t behind = 0;
    for (const auto& field : header.fields()) {
        require(field.offset >= behind && !field.name.empty());
        behind = field.offset + field.length;
        require(behind <= block.size());
        require(block.substr(field.offset).starts_with(field.name));
        require(block.substr(field.offset, field.length).contains(field.value));
        require(mail::is_utf8(header.decoded(field.name)));
        require(header.find(field.name)->is(field.name));
        check_list(field.value);
    }
}

void check_tag(std::string_view value)
{
    const std::string once = mail::tagged_subject(value, "[S_P_A_M] ");
    require(once.starts_with("Subject: ") && once.ends_with("\r\n"));
    const std::string_view again = std::string_view{once}.substr(8, once.size() - 10);
    require(mail::tagged_subject(again, "[S_P_A_M] ") == once);
}

std::string rendered(const mail::Message& message, const mail::Stamp& stamp, mail::Dots dots)
{
    mail::Rendering rendering{message, stamp, dots};
    std::string text;
    std::array<std::string_view, 64> pieces;
    while (const std::size_t count = rendering.next(pieces))
        for (std::size_t i = 0; i < count; ++i)
            text += pieces[i];
    require(text.size() == rendering.size());
    return text;
}

void check_message(std::string_view text, std::size_t border)
{
    std::vector<mail::Chunk> chunks;
    chunks.push_back(mail::Chunk::copy_of(text.substr(0, border)));
    chunks.push_back(mail::Chunk::copy_of(text.substr(border)));
    const mail::Message message{std::move(chunks), mail::Dots::plain};
    const auto whole = mail::Message::from_text(text);
    require(message.header_block() == whole.header_block());
    require(message.body_offset() == whole.body_offset());
    require(message.text() == text);
    mail::Stamp stamp;
    for (const auto& field : message.header().fields())
        if (field.length % 2 == 0)
            mail::leave_out(stamp, field);
    const std::string plain = rendered(message, stamp, mail::Dots::plain);
    const std::string stuffed = rendered(message, stamp, mail::Dots::stuffed);
    require(mail::Message::from_text(stuffed, mail::Dots::stuffed).text() == plain);
    require(
        rendered(mail::Message::from_text(stuffed, mail::Dots::stuffed), {}, mail::Dots::stuffed)
        == stuffed);
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
    check_fields(text);
    check_list(text);
    check_tag(text);
    check_message(text, std::min<std::size_t>(data[0], text.size()));
    return 0;
}
