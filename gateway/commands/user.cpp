// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/password.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "gateway/config_values.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <cstdio>

namespace app::commands {
namespace {
std::string path_of_user(const Arguments& arguments)
{
    return "/api/v1/users/" + escaped_segment(arguments.text("NAME"));
}

void write_texts(web::JsonWriter& json, std::string_view name,
                 const std::vector<std::string>& texts)
{
    json.key(name).begin_array();
    for (const auto& text : texts)
        json.text(text);
    json.end_array();
}

/// What --role, --address, --domain and --language say, where they are given.
void write_facts(web::JsonWriter& json, const Arguments& arguments)
{
    if (arguments.has("--role"))
        json.member("role", arguments.text("--role"));
    if (arguments.has("--address"))
        write_texts(json, "addresses", arguments.texts("--address"));
    if (arguments.has("--domain"))
        write_texts(json, "domains", arguments.texts("--domain"));
    if (arguments.has("--language"))
        json.member("language", arguments.text("--language"));
}

std::string names_of(const boost::json::value& user, std::string_view member)
{
    std::string names;
    for (const auto& name : web::text_members(user, member))
        names += (names.empty() ? "" : ", ") + printable(name);
    return names;
}

Exit print_user(const Arguments& arguments, const Answer& answer)
{
    if (output_of(arguments) != Output::table) {
        std::puts(answer.body.c_str());
        return Exit::ok;
    }
    const auto& user = answer.document;
    const auto addresses = names_of(user, "addresses"), domains = names_of(user, "domains");
    std::printf("%s: %s%s%s%s%s%s\n", cell_text(web::member_of(user, "name")).c_str(),
                cell_text(web::member_of(user, "role")).c_str(),
                web::is_member_true(user, "locked") ? ", locked" : "",
                addresses.empty() ? "" : ", mail of ", addresses.c_str(),
                domains.empty() ? "" : ", domains ", domains.c_str());
    return Exit::ok;
}

Exit send(const Arguments& arguments, const std::string& method, const std::string& path,
          std::string body)
{
    const auto answer = Daemon{arguments}.ask(method, path, std::move(body));
    if (!answer)
        return answer.error();
    return print_user(arguments, *answer);
}

Exit complain(const std::string& text)
{
    std::fprintf(stderr, "mailweir: %s\n", text.c_str());
    return Exit::usage;
}

Exit add(const Arguments& arguments)
{
    web::JsonWriter json;
    json.begin_object().member("name", arguments.text("NAME"));
    write_facts(json, arguments);
    if (!arguments.has("--no-password")) {
        const auto password = read_password(arguments);
        if (!password)
            return complain(password.error());
        json.member("password", *password);
    }
    json.end_object();
    return send(arguments, "POST", "/api/v1/users", json.take());
}

Exit list(const Arguments& arguments)
{
    const auto query = query_text({{"text", arguments.text("--text")}});
    const auto rows = Daemon{arguments}.rows("/api/v1/users", query, limit_of(arguments, 1000));
    if (!rows)
        return rows.error();
    print_rows(output_of(arguments),
               {{"NAME", "name", 40},
                {"ROLE", "role"},
                {"LOCKED", "locked"},
                {"LAST SIGN-IN", "last_sign_in"},
                {"ADDRESSES", "addresses", 60},
                {"DOMAINS", "domains", 40}},
               *rows);
    return Exit::ok;
}

Exit passwd(const Arguments& arguments)
{
    const auto password = read_password(arguments);
    if (!password)
        return complain(password.error());
    web::JsonWriter json;
    json.begin_object().member("password", *password);
    json.member("must_change_password", arguments.has("--must-change")).end_object();
    return send(arguments, "PATCH", path_of_user(arguments), json.take());
}

Exit role(const Arguments& arguments)
{
    web::JsonWriter json;
    json.begin_object();
    if (arguments.has("ROLE"))
        json.member("role", arguments.text("ROLE"));
    write_facts(json, arguments);
    json.end_object();
    return send(arguments, "PATCH", path_of_user(arguments), json.take());
}

Exit lock(const Arguments& arguments)
{
    web::JsonWriter json;
    json.begin_object().member("locked", !arguments.has("--off")).end_object();
    return send(arguments, "PATCH", path_of_user(arguments), json.take());
}

Exit remove(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("DELETE", path_of_user(arguments));
    return answer ? Exit::ok : answer.error();
}

Exit token(const Arguments& arguments)
{
    auto scopes = arguments.text("--scopes", "read");
    for (char& c : scopes)
        c = c == ',' ? ' ' : c;
    web::JsonWriter json;
    json.begin_object().member("name", arguments.text("--name")).member("scopes", scopes);
    json.member("expires", arguments.text("--expires")).end_object();
    const auto answer
        = Daemon{arguments}.ask("POST", path_of_user(arguments) + "/tokens", json.take());
    if (!answer)
        return answer.error();
    std::fprintf(stderr, "This token is shown once:\n");
    std::puts(web::text_member(answer->document, "token").value_or("").c_str());
    return Exit::ok;
}

Exit setup(const Arguments& arguments)
{
    if (!arguments.has("--link"))
        return complain("setup wants --link");
    const auto answer = Daemon{arguments}.ask("POST", "/api/v1/setup/link");
    if (!answer)
        return answer.error();
    std::fprintf(stderr, "Open this within a day; it works until an administrator exists:\n");
    std::puts(web::text_member(answer->document, "url").value_or("").c_str());
    return Exit::ok;
}
}

std::vector<Command> user_commands()
{
    const Option name{"NAME", "", "the name to sign in with", false, true};
    const Option role_option{"--role", "ROLE", "user, helpdesk, domain, auditor or administrator"};
    const Option address{"--address", "ADDRESS", "whose mail is this person's", true};
    const Option domain{"--domain", "DOMAIN", "of helpdesk and domain administrators", true};
    const Option language{"--language", "LANGUAGE", "en or ja"};
    const Option none{"--no-password", "", "nobody can sign in with it until it has one"};
    return {
        {"user", "add", "makes an account",
         with_daemon_options({name, role_option, address, domain, language, password_option(), none,
                              json_option()}),
         add},
        {"user", "list", "accounts by name",
         with_daemon_options({{"--text", "TEXT", "part of a name or address"},
                              {"--limit", "N", "at most so many (default: 1000)"},
                              json_option(),
                              jsonl_option()}),
         list},
        {"user", "passwd", "a new password; ends its sessions and voids its tokens",
         with_daemon_options({name,
                              password_option(),
                              {"--must-change", "", "it is changed at the next sign-in"},
                              json_option()}),
         passwd},
        {"user", "role", "changes role, addresses, domains or language",
         with_daemon_options({name,
                              {"ROLE", "", "user, helpdesk, domain, auditor or administrator"},
                              address,
                              domain,
                              language,
                              json_option()}),
         role},
        {"user", "lock", "keeps an account from signing in",
         with_daemon_options({name, {"--off", "", "lets it in again"}, json_option()}), lock},
        {"user", "remove", "removes an account", with_daemon_options({name}), remove},
        {"user", "token", "makes a token for a program",
         with_daemon_options(
             {name,
              {"--scopes", "SCOPES", "of read,lists,quarantine,admin (default: read)"},
              {"--name", "TEXT", "what it is for"},
              {"--expires", "DATE", "default: never"}}),
         token},
        {"setup", "", "the first run of the pages",
         with_daemon_options({{"--link", "", "makes the link to open; it works once"}}), setup},
    };
}
}
