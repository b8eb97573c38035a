// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"

#include "gateway/commands/daemon.hpp"
#include "gateway/commands/offline.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "gateway/config_schema.hpp"
#include "gateway/config_values.hpp"
#include "gateway/snapshot.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <cstdio>
#include <map>

namespace app::commands {
namespace {
Exit check(const Arguments& arguments)
{
    auto configuration = load_or_complain(source_of(arguments));
    if (!configuration)
        return Exit::invalid;
    Offline offline;
    const auto snapshot
        = build_snapshot(*configuration, offline.services(), configuration->warnings);
    if (!snapshot) {
        std::fputs(filters::to_string(snapshot.error()).c_str(), stderr);
        return Exit::invalid;
    }
    if (const auto unreadable = unreadable_files(configuration->tree); !unreadable.empty()) {
        std::fputs(filters::to_string(unreadable).c_str(), stderr);
        return Exit::invalid;
    }
    std::fputs(warnings_text(configuration->warnings).c_str(), stderr);
    std::printf("ok: %zu listeners, %zu domains, policy %s\n", configuration->smtp.listeners.size(),
                configuration->smtp.domains.size(), configuration->policy_file.c_str());
    return Exit::ok;
}

std::string as_json(const std::vector<EffectiveValue>& values)
{
    web::JsonWriter out;
    out.begin_array();
    for (const auto& value : values)
        out.begin_object()
            .member("key", value.key)
            .member("value", value.value)
            .member("origin", value.origin)
            .end_object();
    return out.end_array().take();
}

bool is_under(const std::string& key, const std::string& section)
{
    return section.empty() || key == section || key.starts_with(section + ".")
        || key.starts_with(section + "[");
}

Exit show(const Arguments& arguments)
{
    const auto configuration = load_or_complain(source_of(arguments));
    if (!configuration)
        return Exit::invalid;
    const auto section = arguments.text("KEY");
    auto values = effective_values(configuration->tree);
    std::erase_if(values, [&](const auto& value) { return !is_under(value.key, section); });
    if (values.empty()) {
        std::fprintf(stderr, "mailweir: no key \"%s\"; see `mailweir config explain`\n",
                     section.c_str());
        return Exit::not_found;
    }
    const auto document = as_json(values);
    if (output_of(arguments) == Output::json) {
        std::puts(document.c_str());
        return Exit::ok;
    }
    const auto rows = web::parse_json(document);
    print_rows(output_of(arguments), {{"KEY", "key"}, {"VALUE", "value", 70}, {"FROM", "origin"}},
               rows->as_array());
    return Exit::ok;
}

std::map<std::string, std::string> values_by_key(const filters::Yaml& tree)
{
    std::map<std::string, std::string> values;
    for (const auto& value : effective_values(tree))
        values[value.key] = value.value;
    return values;
}

/// Keys that differ from those of another file, or from the defaults.
Exit diff(const Arguments& arguments)
{
    const auto configuration = load_or_complain(source_of(arguments));
    const auto other_file = arguments.text("FILE");
    std::optional<Configuration> other;
    if (!other_file.empty()) {
        ConfigurationSource source;
        source.file = other_file;
        other = load_or_complain(source);
    }
    if (!configuration || (!other_file.empty() && !other))
        return Exit::invalid;
    auto theirs = values_by_key(other ? other->tree : filters::Yaml{});
    web::JsonWriter out;
    out.begin_array();
    const auto write = [&](const std::string& key, const std::string& value,
                           const std::string& before, const std::string& origin) {
        if (value != before)
            out.begin_object()
                .member("key", key)
                .member("value", value)
                .member("other", before)
                .member("origin", origin)
                .end_object();
    };
    for (const auto& value : effective_values(configuration->tree)) {
        write(value.key, value.value, theirs[value.key], value.origin);
        theirs.erase(value.key);
    }
    for (const auto& [key, value] : theirs)
        write(key, "", value, "");
    const auto document = out.end_array().take();
    if (output_of(arguments) == Output::json)
        std::puts(document.c_str());
    else
        print_rows(output_of(arguments),
                   {{"KEY", "key"},
                    {"VALUE", "value", 50},
                    {other ? "THERE" : "DEFAULT", "other", 30},
                    {"FROM", "origin"}},
                   web::parse_json(document)->as_array());
    return Exit::ok;
}

Exit get(const Arguments& arguments)
{
    const auto configuration = load_or_complain(source_of(arguments));
    if (!configuration)
        return Exit::invalid;
    for (const auto& value : effective_values(configuration->tree))
        if (value.key == arguments.text("KEY")) {
            std::puts(value.value.c_str());
            return Exit::ok;
        }
    std::fprintf(stderr, "mailweir: no key \"%s\"\n", arguments.text("KEY").c_str());
    return Exit::not_found;
}

void print_key(const Key& key)
{
    const std::string path{key.path}, summary{key.summary}, fallback{key.fallback};
    std::printf("%s\n  %s\n  form:     %s\n", path.c_str(), summary.c_str(),
                form_text(key).c_str());
    if (!fallback.empty())
        std::printf("  default:  %s\n", fallback.c_str());
    if (key.is_required)
        std::puts("  required in every entry");
    if (key.needs_restart)
        std::puts("  a change restarts the gate with a drain; nothing is refused");
    if (key.has_no_effect)
        std::puts("  has no effect yet");
}

/// "listeners[0].role" and "listeners.role" both mean "listeners[].role".
std::string schema_path(std::string text)
{
    for (auto open = text.find('['); open != text.npos; open = text.find('[', open + 1)) {
        const auto close = text.find(']', open);
        if (close == text.npos)
            return text;
        text.erase(open + 1, close - open - 1);
    }
    for (const std::string section : {"listeners", "domains", "dkim.keys"})
        if (text.starts_with(section + "."))
            text.insert(section.size(), "[]");
    return text;
}

Exit explain(const Arguments& arguments)
{
    const auto path = schema_path(arguments.text("KEY"));
    if (path.empty()) {
        for (const Key& key : schema())
            std::printf("%-34s %s\n", std::string{key.path}.c_str(),
                        std::string{key.summary}.c_str());
        return Exit::ok;
    }
    const Key* key = find_key(path);
    if (key == nullptr) {
        std::vector<std::string_view> names;
        for (const Key& one : schema())
            names.push_back(one.path);
        std::fprintf(stderr, "mailweir: no key \"%s\" %s\n", path.c_str(),
                     filters::did_you_mean(path, names).c_str());
        return Exit::not_found;
    }
    print_key(*key);
    for (const std::string_view suffix : {"", "[]"})
        for (const Key* member : members_of(path + std::string{suffix}))
            print_key(*member);
    return Exit::ok;
}

Exit print_reference(const Arguments&)
{
    std::fputs(reference_document().c_str(), stdout);
    return Exit::ok;
}

Exit reload(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask_whatever("POST", "/api/v1/config/reload");
    if (!answer)
        return answer.error();
    std::fputs(web::text_member(answer->document, "complaints").value_or("").c_str(), stderr);
    std::fputs(web::text_member(answer->document, "warnings").value_or("").c_str(), stderr);
    if (answer->status != 200 && answer->status != 422)
        return print_problem(*answer);
    if (answer->status != 200) {
        std::fputs("the old configuration stays\n", stderr);
        return Exit::invalid;
    }
    std::puts(web::is_member_true(answer->document, "restarts")
                  ? "reloading; the gate is replaced with a drain"
                  : "reloaded");
    return Exit::ok;
}
}

std::vector<Command> config_commands()
{
    const Option key{"KEY", "", "such as limits.message"};
    return {
        {"config",
         "check",
         "exit 0, or 6 with file:line:col of every complaint",
         {config_option()},
         check},
        {"config",
         "show",
         "every key with its effective value and where it comes from",
         {key, config_option(), json_option(), jsonl_option()},
         show},
        {"config",
         "get",
         "one value",
         {{"KEY", "", "such as limits.message", false, true}, config_option()},
         get},
        {"config",
         "explain",
         "what a key means, its form and default; without KEY: all",
         {key},
         explain},
        {"config",
         "diff",
         "the keys that differ from their defaults, or from another file",
         {{"FILE", "", "the other configuration"}, config_option(), json_option(), jsonl_option()},
         diff},
        {"config", "schema", "mailweir.yaml with every key and its default", {}, print_reference},
        {"config", "reload", "make the running gateway read its configuration again",
         with_daemon_options({}), reload}};
}
}
