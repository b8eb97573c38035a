// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"
#include "filters/content/mime.hpp"
#include "filters/rules/header_view.hpp"
#include "filters/rules/html_text.hpp"
#include "gateway/mail/message.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// A leaf part as tests see it.
struct PartView {
    const content::Part* part = nullptr;
    std::string decoded; ///< octets, line ends as "\n"; of texts only, some 500,000 at most
    std::string rendered; ///< what is read, UTF-8; of texts only, some 50,000 at most
    std::optional<HtmlText> html;
    bool is_text = false;
};

/// The header of a part, parsed.
struct PartFields {
    explicit PartFields(std::string_view block)
        : header{mail::Header::parse(block)}, view{header, block}
    { }
    PartFields(const PartFields&) = delete;
    PartFields& operator=(const PartFields&) = delete;
    mail::Header header;
    HeaderView view;
};

/// A message as SpamAssassin's tests see it. Everything is made on first demand, for one thread;
/// message and content must outlive it. `hop`: the value of a Received field that is to stand above
/// all others, "" for none. Of a long message tests see the beginning: half a million octets of
/// parts, 100,000 of what is read, 64 KiB of header.
class MessageView {
public:
    MessageView(const mail::Message& message, const Content& content, std::string_view hop = {});
    MessageView(const MessageView&) = delete;
    MessageView& operator=(const MessageView&) = delete;
    const HeaderView& headers() const { return headers_; }
    /// Paragraphs, the subject in front.
    const std::vector<std::string>& body() const;
    /// Pieces of decoded texts.
    const std::vector<std::string_view>& rawbody() const;
    const std::vector<std::string>& uris() const;
    /// Header and body as they came, line ends as "\n", at most 1 MiB.
    const std::string& full() const;
    std::size_t body_octets() const; ///< behind the header, line ends as one octet
    /// Leaf parts in order; those that other programs may see are not among them.
    const std::vector<PartView>& parts() const;
    /// Every part and container of the likeliest reading.
    const std::vector<content::Part>& structure() const;
    /// The header of each of those, in the same order.
    const std::deque<PartFields>& part_headers() const;
    /// The hosts that the links lead to, each once; of addresses their domains.
    const std::vector<std::string>& hosts() const;
    const Content& content() const { return content_; }

private:
    void read_structure() const;
    void read_part(const content::Part& part) const;
    const mail::Message& message_;
    const Content& content_;
    std::string hop_; ///< the whole field, or ""
    std::string block_; ///< with the hop, or ""
    mail::Header header_; ///< of `block_`
    HeaderView headers_;
    mutable std::string text_; ///< what structure_ points into
    mutable std::size_t decoded_ = 0, rendered_ = 0; ///< of all parts, so far
    mutable std::optional<content::Structure> structure_;
    mutable std::vector<PartView> parts_;
    mutable std::optional<std::vector<std::string>> body_, uris_, hosts_;
    mutable std::deque<PartFields> part_headers_;
    mutable std::optional<std::vector<std::string_view>> rawbody_;
    mutable std::optional<std::string> full_;
};
}
