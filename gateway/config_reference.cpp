// SPDX-License-Identifier: Apache-2.0
// The text of etc/mailweir.yaml.
#include "gateway/config_schema.hpp"

#include <algorithm>
#include <array>

namespace app {
namespace {
/// Words of a summary in comment lines of at most 90 columns.
std::string comment(std::string_view text, std::string_view indent)
{
    std::string out, line;
    while (!text.empty()) {
        const auto word = text.substr(0, std::min(text.find(' '), text.size()));
        if (!line.empty() && indent.size() + line.size() + word.size() > 86) {
            out += "## " + std::string{indent} + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + std::string{word};
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return out + "## " + std::string{indent} + line + "\n";
}

constexpr std::string_view reference_head = R"(## SPDX-License-Identifier: Apache-2.0
## Every key of mailweir.yaml with its default. Lines with ## explain, lines with # are settings to
## uncomment. Files in conf.d/*.yaml beside this one are merged over it in lexical order.
## `mailweir config check` says what is wrong, `mailweir config explain KEY` more about a key.
)";

/// The first key of a list's entry, which carries its dash.
bool is_first_of_entry(const Key& key)
{
    return members_of(key.path.substr(0, key.path.rfind('.'))).front() == &key;
}

/// What the reference document shows where there is no default.
constexpr auto examples = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"listeners[].name", "mx"},
    {"listeners[].address", "\"127.0.0.1:2525\""},
    {"domains[].name", "example.test"},
    {"domains[].next_hop", "[\"127.0.0.1:2526\"]"},
    {"ldap[].name", "staff"},
    {"ldap[].servers", "[\"ldaps://ldap1.internal\"]"},
    {"ldap[].base", "ou=people,dc=example,dc=test"},
    {"ldap[].filter", "\"(mail={address})\""},
    {"update.sources[].name", "site"},
    {"update.sources[].url", "https://feeds.example.jp/site"},
    {"update.sources[].key", "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="},
    {"alerts.mail", "[\"postmaster@example.test\"]"},
    {"alerts.hook.url", "https://alerts.internal/mailweir"},
    {"alerts.hook.secret_file", "hook.secret"},
});

std::string example_of(const Key& key)
{
    for (const auto& [path, example] : examples)
        if (key.path == path)
            return std::string{example};
    const bool is_text
        = key.form == Form::address || key.form == Form::address_or_off || key.form == Form::text;
    return is_text && !key.fallback.empty() ? "\"" + std::string{key.fallback} + "\""
                                            : std::string{key.fallback};
}
}

std::string reference_document()
{
    std::string out{reference_head};
    for (const Key& key : schema()) {
        const auto depth = static_cast<std::size_t>(std::ranges::count(key.path, '.'));
        const bool is_item = key.path.find("[]") != key.path.npos;
        const std::string indent(depth * 2 + (is_item ? 2 : 0), ' ');
        if (depth == 0)
            out += "\n";
        out += comment(std::string{key.summary}
                           + std::string{key.has_no_effect ? " (No effect yet.)" : ""},
                       indent);
        std::string line = indent + std::string{leaf_of(key.path)} + ":";
        const std::string value = example_of(key);
        if (!value.empty())
            line += " " + value;
        if (is_item && is_first_of_entry(key))
            line.replace(indent.size() - 2, 1, "-");
        out += "# " + line + "\n";
    }
    return out;
}
}
