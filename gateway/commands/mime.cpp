// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/commands/content_json.hpp"
#include "gateway/commands/one_message.hpp"
#include "gateway/commands/terminal.hpp"

#include <cstdio>

namespace app::commands {
namespace {
void write_addresses(web::JsonWriter& out, const mail::Header& header, std::string_view name)
{
    out.key(name == "From" ? "from" : "to").begin_array();
    for (const auto& field : header.fields())
        if (field.is(name))
            for (const auto& entry : mail::parse_address_list(field.value).entries)
                out.text(entry.mailbox.to_string());
    out.end_array();
}

/// What we understand of a message, as one line of JSON.
Exit dump(const Arguments& arguments)
{
    const auto message = message_or_complain(arguments.text("MESSAGE"));
    if (!message)
        return Exit::not_found;
    const auto content = filters::content::analyse(*message, {});
    web::JsonWriter out;
    out.begin_object().member("subject", content.subject);
    write_addresses(out, message->header(), "From");
    write_addresses(out, message->header(), "To");
    write_attachments_and_urls(out, content);
    out.end_object();
    std::puts(out.str().c_str());
    for (const auto& oddity : content.oddities)
        std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(oddity.name.size()), oddity.name.data(),
                     printable(oddity.detail).c_str());
    return Exit::ok;
}
}

std::vector<Command> mime_commands()
{
    return {{"mime",
             "dump",
             "subject, addresses, attachments and links of a message, as one line of JSON",
             {{"MESSAGE", "", "a message file, or - for stdin", false, true}},
             dump}};
}
}
