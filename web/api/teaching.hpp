// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/api.hpp"

namespace web {
/// What somebody says a mail is. It is told to all who learn here: the classifier and the table of
/// fingerprints, each where it is and as far as the policy's layers left it something of the mail.
struct Opinion {
    mail::MailId mail;
    bool is_spam = false;
    std::string user = {}; ///< whose it is; "" administrators', who have one voice together
    bool is_of_many = false; ///< decided with many others at once, which says less of each
};

/// unknown: nobody knows the mail. learnt: to somebody it was news.
enum class Taught { learnt, known_already, unknown };

/// By what is kept of the mail. What the same said before to the contrary is taken back.
awaitable<Taught> teach(Site& site, Opinion opinion);
/// By the message itself, which is known by the opinion's id from then on.
awaitable<Taught> teach(Site& site, Opinion opinion, std::string text);
/// Takes back what the user, or administrators, said of a mail; unknown: they said nothing.
/// Administrators take back, too, what spam traps and decisions on many say.
awaitable<Taught> unteach(Site& site, mail::MailId mail, std::string user);
}
