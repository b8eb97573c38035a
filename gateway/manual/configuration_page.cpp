// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "gateway/config_schema.hpp"
#include "gateway/manual/pages.hpp"
#include "gateway/manual/roff.hpp"

#include <fmt/format.h>

namespace app::manual {
namespace {
constexpr std::string_view introduction
    = R"(Infrastructure stands in this file, what is done with mail in a document of its own,
`mailweir-policy`(5). Every key has a default; `mailweir config schema` prints all of them,
commented out. A key that is unknown or stands twice is an error, so that nothing is ignored
silently: `mailweir config check` says where and what may have been meant.

Files conf.d/*.yaml beside this one are merged over it in lexical order: maps key by key,
anything else is replaced. File names count from the folder of the file that names them.

The file is YAML. Sizes and times carry their unit: 50 MiB, 30 s, 15 min, 5 days. `mailweir
config reload` or SIGHUP puts changes in force, whole or not at all.)";

constexpr std::string_view example = R"(hostname: mx.example.jp
data: /var/lib/mailweir
listeners:
  - { name: mx, address: "0.0.0.0:25",
      tls: { certificate: c.pem, key: k.pem } }
domains:
  - { name: example.jp, next_hop: ["mail1.internal:25"],
      recipients: callout }
contact: { url: "https://www.example.jp/mail-help" }
policy: policies/tag.yaml)";

std::string meaning_of(const Key& key)
{
    std::string text{key.summary};
    if (key.form != Form::section && key.form != Form::sections && key.form != Form::layer)
        text += fmt::format(" Form: {}.", form_text(key));
    if (!key.fallback.empty() && key.form != Form::section)
        text += fmt::format(" Default: `{}`.", key.fallback);
    if (key.is_required)
        text += " Required in every entry.";
    if (key.needs_restart)
        text += " A change restarts the gate with a drain; nobody is refused.";
    if (key.has_no_effect)
        text += " Has no effect yet.";
    return text;
}

void add_layer_settings(Roff& roff)
{
    roff.section("Settings of layers")
        .text("`dos`, `blocklist` and `rate` stand at the top of the file, all others below "
              "`layers`. These are their keys with their defaults.");
    for (const auto* type : filters::layer_types()) {
        std::string_view settings = type->settings;
        while (settings.starts_with('\n'))
            settings.remove_prefix(1);
        if (settings.empty())
            continue;
        roff.subsection(type->name).text(std::string{type->summary} + ".").example(settings);
    }
}
}

Page configuration_page()
{
    Roff roff{"mailweir.yaml", 5, "the configuration of Mailweir"};
    roff.section("Description").text(introduction);
    roff.section("Example").example(example);
    roff.section("Keys");
    for (const Key& key : schema()) {
        if (key.path.find('.') == key.path.npos)
            roff.subsection(key.path).text(meaning_of(key));
        else
            roff.item(key.path, meaning_of(key));
    }
    add_layer_settings(roff);
    roff.section("Files")
        .item("/etc/mailweir/mailweir.yaml", "Read where no `--config` says otherwise.")
        .item("/etc/mailweir/conf.d/*.yaml", "Merged over it.")
        .item("/usr/share/mailweir/defaults.yaml",
              "What a package sets below both: the data directory, and a policy that only looks.");
    roff.section("See also").text("`mailweir`(1), `mailweir-config`(1), `mailweir-policy`(5)");
    return {"mailweir.yaml", 5, roff.take()};
}
}
