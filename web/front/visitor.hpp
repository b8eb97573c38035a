// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"
#include "gateway/net/http.hpp"
#include "web/front/settings.hpp"

#include <string>

namespace front {
enum class Language { english, japanese };
/// "en", "ja".
std::string_view code_of(Language language);

/// Who asks, and how: all that the pages need to know of a request's sender.
struct Visitor {
    mail::Ip ip; ///< behind proxies that are believed: who they say
    bool is_secure = false; ///< TLS at the browser's end
    Language language = Language::english;
    bool has_chosen_language = false; ///< by ?lang= now: to be remembered
    std::string session{}; ///< the token of the cookie; "" none
};

/// The client behind proxies: the last address of X-Forwarded-For that is no proxy itself.
Visitor visitor_of(const net::HttpRequest& request, const Settings& settings);

/// The header Set-Cookie that keeps a session, or forgets it where `token` is empty. Over TLS the
/// name begins with __Host-, so that no neighbour may plant one (RFC 6265bis §4.1.3.2).
std::string session_cookie(const Visitor& visitor, const std::string& token);
std::string language_cookie(const Visitor& visitor);
/// How far the first run has come in this browser: the name of a step, "" where nothing says it.
std::string setup_reached(const net::HttpRequest& request);
/// Keeps that until the browser is closed.
std::string setup_cookie(const Visitor& visitor, std::string_view step);

/// The request changes something and comes from another site's page: Sec-Fetch-Site, or else Origin
/// against Host. What is no browser says neither.
bool is_foreign(const net::HttpRequest& request);
/// GET, HEAD and OPTIONS.
bool is_safe(std::string_view method);
/// A header field of a request, "" where there is none.
std::string_view header(const net::HttpRequest& request, std::string_view name);
}
