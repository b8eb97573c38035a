// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dkim_sign.hpp"
#include "filters/auth/tag_list.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/commands/key_file.hpp"
#include "gateway/commands/offline.hpp"
#include "gateway/commands/one_message.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/config_signing.hpp"
#include "gateway/smtp/domain_check.hpp"

#include <cstdio>
#include <set>

namespace app::commands {
namespace {
namespace auth = filters::auth;

void print_record(const Arguments& arguments, const std::string& record)
{
    std::string name = "SELECTOR._domainkey.DOMAIN";
    if (arguments.has("--selector") && arguments.has("--domain"))
        name = arguments.text("--selector") + "._domainkey." + arguments.text("--domain");
    std::puts(smtp::txt_line(name, record).c_str());
}

bool names_are_right(const Arguments& arguments)
{
    for (const std::string_view option : {"--domain", "--selector"})
        if (const auto text = arguments.text(option);
            arguments.has(option) && !mail::Domain::parse(text)) {
            std::fprintf(stderr, "mailweir: %s %s: wants a name of the DNS\n",
                         std::string{option}.c_str(), text.c_str());
            return false;
        }
    return true;
}

Exit keygen(const Arguments& arguments)
{
    if (!names_are_right(arguments))
        return Exit::usage;
    const auto kind = arguments.text("--type", "rsa");
    const auto bits = auth::parse_decimal(arguments.text("--bits", "2048"));
    if ((kind != "rsa" && kind != "ed25519") || !bits || *bits < 1024 || *bits > 4096) {
        std::fputs("mailweir: --type wants rsa or ed25519, --bits 1024 to 4096\n", stderr);
        return Exit::usage;
    }
    const auto key = auth::PrivateKey::generate(
        kind == "rsa" ? auth::KeyType::rsa : auth::KeyType::ed25519, static_cast<unsigned>(*bits));
    const auto path = arguments.text("--key");
    if (const auto problem = write_key_file(path, key); !problem.empty()) {
        std::fprintf(stderr, "mailweir: %s: %s\n", path.c_str(), problem.c_str());
        return Exit::failed;
    }
    std::fprintf(stderr, "The private key is in %s; publish this record:\n", path.c_str());
    print_record(arguments, key.record());
    return Exit::ok;
}

/// The records of all keys that the configuration names, or of those that the options choose.
Exit print_configured(const Arguments& arguments)
{
    const auto configuration = load_or_complain(source_of(arguments));
    if (!configuration)
        return Exit::invalid;
    filters::Complaints complaints, warnings;
    const auto signers = read_signers(configuration->tree, complaints, warnings);
    std::fputs(filters::to_string(complaints).c_str(), stderr);
    std::set<std::string> lines; // a seal may use a key of the signatures
    const auto add = [&](const mail::Domain& domain, const auth::Signers::Key& key) {
        const auto wanted = mail::Domain::parse(arguments.text("--domain", domain.ascii()));
        if (wanted == domain && arguments.text("--selector", key.selector) == key.selector)
            lines.insert(
                smtp::txt_line(key.selector + "._domainkey." + domain.ascii(), key.key.record()));
    };
    if (signers) {
        for (const auto& [domain, keys] : signers->domains)
            for (const auto& key : keys)
                add(domain, key);
        if (signers->sealer)
            add(signers->sealer->domain, signers->sealer->key);
    }
    for (const auto& line : lines)
        std::puts(line.c_str());
    if (!complaints.empty())
        return Exit::invalid;
    if (lines.empty())
        std::fputs("mailweir: the configuration names no such key; --key FILE shows any\n", stderr);
    return lines.empty() ? Exit::not_found : Exit::ok;
}

Exit dns(const Arguments& arguments)
{
    if (!names_are_right(arguments))
        return Exit::usage;
    if (!arguments.has("--key"))
        return print_configured(arguments);
    const auto key = key_or_complain(arguments.text("--key"));
    if (!key)
        return Exit::failed;
    print_record(arguments, key->record());
    return Exit::ok;
}

/// "relaxed/simple" and the like; nullopt if it is none.
std::optional<std::pair<auth::Canonicalization, auth::Canonicalization>>
canonicalizations(const std::string& text)
{
    std::vector<auth::Canonicalization> forms;
    for (const auto word : auth::split(text, '/'))
        if (word == "simple" || word == "relaxed")
            forms.push_back(word == "simple" ? auth::Canonicalization::simple
                                             : auth::Canonicalization::relaxed);
    if (forms.size() != 2 || auth::split(text, '/').size() != 2)
        return {};
    return std::pair{forms[0], forms[1]};
}

net::awaitable<void> sign_into(const mail::Message& message, auth::PrivateKey key,
                               auth::DkimSigning signing, std::string& field)
{
    field = co_await auth::sign_dkim(message, std::move(key), std::move(signing), nullptr);
}

/// The message with a DKIM-Signature, as a trial of a key or for what does not go through us.
Exit sign(const Arguments& arguments)
{
    if (!names_are_right(arguments))
        return Exit::usage;
    const auto forms = canonicalizations(arguments.text("--canonicalization", "relaxed/relaxed"));
    if (!forms) {
        std::fputs("mailweir: --canonicalization wants relaxed/simple or the like\n", stderr);
        return Exit::usage;
    }
    const auto key = key_or_complain(arguments.text("--key"));
    const auto message = message_or_complain(arguments.text("MESSAGE"));
    if (!key || !message)
        return Exit::failed;
    auth::DkimSigning signing{.domain = arguments.text("--domain"),
                              .selector = arguments.text("--selector"),
                              .header = forms->first,
                              .body = forms->second,
                              .time = std::chrono::system_clock::now()};
    std::string field;
    run_to_end("sign", sign_into(*message, *key, std::move(signing), field));
    const auto text = field + message->text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return Exit::ok;
}
}

std::vector<Command> dkim_commands()
{
    const Option key{"--key", "FILE", "the private key (PEM)", false, true};
    const Option domain{"--domain", "DOMAIN", "who signs"};
    const Option selector{"--selector", "NAME", "the name of the key in the domain's DNS"};
    const auto required = [](Option option) {
        option.is_required = true;
        return option;
    };
    return {{"dkim",
             "keygen",
             "makes a key and prints the DNS record to publish",
             {key,
              domain,
              selector,
              {"--type", "rsa|ed25519", "default: rsa"},
              {"--bits", "N", "of an RSA key (default: 2048)"}},
             keygen},
            {"dkim",
             "dns",
             "the DNS record of a key, or of all keys that the configuration names",
             {{"--key", "FILE", "the private key (PEM; default: the configured ones)"},
              domain,
              selector,
              config_option()},
             dns},
            {"dkim",
             "sign",
             "prints the message with a signature",
             {key,
              required(domain),
              required(selector),
              {"--canonicalization", "HEADER/BODY", "default: relaxed/relaxed"},
              {"MESSAGE", "", "a message file, or - for stdin", false, true}},
             sign}};
}
}
