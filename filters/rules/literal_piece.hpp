// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/literals.hpp"

#include <vector>

namespace filters::rulebook {
struct PieceLimits {
    static constexpr std::size_t exact = 24, exact_length = 24, required = 500, shortest = 2;
};

/// What is known of a piece of an expression: all texts it matches (if `is_exact`), and texts of
/// which one is in each of them. By default it matches the empty text.
struct Piece {
    bool is_exact = true;
    Literals exact{""};
    Literals required = {};
    static Piece anything() { return {false, {}, {}}; }
};

/// How much a set sifts out: long texts, few of them. 0 for nothing.
int worth(const Literals& texts);
void make_unique(Literals& texts);

/// Pieces one behind the other.
class Run {
public:
    void append(const Piece& piece);
    Piece end();

private:
    bool can_join(const Literals& more) const;
    void join(const Literals& more);
    Piece out_{true, {}, {}};
    Literals open_{""}; ///< what the run's last pieces match, as long as they are exact
};

/// One of several.
Piece either(const std::vector<Piece>& branches);
}
