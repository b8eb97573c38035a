// SPDX-License-Identifier: Apache-2.0
#include "filters/content/content.hpp"
#include "filters/layer.hpp"
#include "filters/named_recipients.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view size = "limits.size", attachments = "limits.attachments",
                           pictures = "limits.pictures", named = "limits.named",
                           hidden = "limits.hidden";

/// What is too much of an outgoing mail, whatever it says (features O8, O10).
class Limits final : public Layer {
public:
    explicit Limits(const Settings& settings)
        : size_{settings.size("size")}, attachments_{count(settings, "attachments")},
          pictures_{count(settings, "pictures")}, named_{count(settings, "named")},
          hidden_{count(settings, "hidden")}
    { }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        Findings found;
        if (mail.direction != mail::Direction::outbound)
            return found;
        const auto compare = [&](std::string_view name, std::size_t is, std::size_t limit) {
            if (limit > 0 && is > limit)
                found.push_back({.name = name, .detail = std::to_string(is)});
        };
        if (size_ > 0 && mail.message.size() > size_)
            found.push_back({.name = size, .detail = in_mib(mail.message.size())});
        if (mail.content) {
            const auto& files = mail.content->files;
            const auto is_top = [](const content::File& file) {
                return file.depth == 0 && file.is_attachment && file.width == 0;
            };
            const auto is_picture
                = [](const content::File& file) { return file.depth == 0 && file.width > 0; };
            compare(attachments, static_cast<std::size_t>(std::ranges::count_if(files, is_top)),
                    attachments_);
            compare(pictures, static_cast<std::size_t>(std::ranges::count_if(files, is_picture)),
                    pictures_);
        }
        const auto there = named_in(mail.message.header(), {"To", "Cc"});
        compare(named, there.size(), named_);
        compare(hidden,
                static_cast<std::size_t>(
                    std::ranges::count_if(mail.recipients,
                                          [&](const mail::Recipient& recipient) {
                                              return !there.contains(recipient.address.key());
                                          })),
                hidden_);
        return found;
    }

private:
    static std::size_t count(const Settings& settings, std::string_view key)
    {
        const auto number = settings.number(key);
        if (number < 0 || number > 1'000'000)
            settings.complain(key, "a number from 0 to 1000000; 0: no limit");
        return static_cast<std::size_t>(std::clamp<std::int64_t>(number, 0, 1'000'000));
    }
    static std::string in_mib(std::size_t octets)
    {
        constexpr std::size_t mib = 1U << 20;
        return std::to_string((octets + mib - 1) / mib) + " MiB";
    }

    std::uint64_t size_;
    std::size_t attachments_, pictures_, named_, hidden_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services&)
{
    return std::make_unique<Limits>(settings);
}
}

extern const LayerType limits{
    .name = "limits",
    .summary = "What is too much of an outgoing mail: its size, attachments, pictures, recipients.",
    .findings = {
        {.name = size,
         .english = "The mail is {} large.",
         .japanese = "メールの大きさが{}あります。",
         .is_spoofing = true,
         .enhanced = "3.4",
         .refusal = "the mail is {} large: put the files where they can be fetched, and send a "
                    "link"},
        {.name = attachments,
         .english = "The mail has {} attachments.",
         .japanese = "添付ファイルが{}個あります。",
         .is_spoofing = true,
         .refusal = "the mail has {} attachments: put them where they can be fetched, and send a "
                    "link"},
        {.name = pictures,
         .english = "The mail has {} pictures.",
         .japanese = "画像が{}枚あります。",
         .is_spoofing = true,
         .refusal = "the mail has {} pictures: say it in words, or send a link"},
        {.name = named,
         .english = "The mail names {} recipients in To and Cc.",
         .japanese = "To と Cc に{}件の宛先があります。",
         .is_spoofing = true,
         .enhanced = "5.3",
         .refusal = "the mail names {} recipients for all to see: use a mailing list"},
        {.name = hidden,
         .english = "The mail has {} recipients that To and Cc do not name.",
         .japanese = "To と Cc に書かれていない宛先が{}件あります。",
         .is_spoofing = true,
         .enhanced = "5.3",
         .refusal = "the mail has {} recipients that it does not name: use a mailing list"},
    },
    .settings = R"(# From which amounts on it is told; 0: no limit. A rule that names the
# fact refuses it, and whoever sends it hears what to do instead:
# { when: limits.size, then: reject }
size: 25 MiB
# Files other than pictures, and pictures.
attachments: 20
pictures: 30
# Recipients in To and Cc, and recipients that neither names (Bcc).
named: 50
hidden: 50
)",
    .after = {},
    .make = make,
};
}
