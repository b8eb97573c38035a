// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/conditions.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
namespace {
constexpr std::string_view plugin_prefix = "Mail::SpamAssassin::Plugin::",
                           conf_prefix = "Mail::SpamAssassin::Conf::";

constexpr std::array<std::string_view, 29> plugins{"AskDNS",
                                                   "AutoLearnThreshold",
                                                   "Bayes",
                                                   "BodyEval",
                                                   "Check",
                                                   "DKIM",
                                                   "DMARC",
                                                   "DNSEval",
                                                   "FreeMail",
                                                   "HTMLEval",
                                                   "HTTPSMismatch",
                                                   "HashBL",
                                                   "HeaderEval",
                                                   "ImageInfo",
                                                   "MIMEEval",
                                                   "MIMEHeader",
                                                   "Pyzor",
                                                   "Razor2",
                                                   "RelayEval",
                                                   "ReplaceTags",
                                                   "Rule2XSBody",
                                                   "SPF",
                                                   "SpamCop",
                                                   "URIDNSBL",
                                                   "URIDetail",
                                                   "URIEval",
                                                   "VBounce",
                                                   "WLBLEval",
                                                   "WelcomeListSubject"};

constexpr std::array<std::string_view, 22> features{"feature_bayes_auto_learn_on_error",
                                                    "feature_bayes_stopwords",
                                                    "feature_blocklist_welcomelist",
                                                    "feature_bug6558_free",
                                                    "feature_capture_rules",
                                                    "feature_compile_regexp",
                                                    "feature_dns_block_rule",
                                                    "feature_dns_local_ports_permit_avoid",
                                                    "feature_dns_query_restriction",
                                                    "feature_edns",
                                                    "feature_geodb",
                                                    "feature_get_host",
                                                    "feature_header_address_parser",
                                                    "feature_header_first_last",
                                                    "feature_header_match_many",
                                                    "feature_local_tests_only",
                                                    "feature_meta_rules_matching",
                                                    "feature_originating_ip_headers",
                                                    "feature_registryboundaries",
                                                    "feature_uri_host_listed",
                                                    "feature_welcomelist_blocklist",
                                                    "feature_yesno_takes_args"};
}

bool has_plugin(std::string_view name)
{
    if (!name.starts_with(plugin_prefix))
        return false;
    name.remove_prefix(plugin_prefix.size());
    return std::ranges::find(plugins, name) != plugins.end();
}

bool has_ability(std::string_view name)
{
    if (name.starts_with(conf_prefix)) {
        name.remove_prefix(conf_prefix.size());
        return std::ranges::find(features, name) != features.end()
            || name == "compat_welcomelist_blocklist" || name.starts_with("perl_min_version_5");
    }
    const auto method = name.rfind("::");
    return method != std::string_view::npos && has_plugin(name.substr(0, method));
}
}
