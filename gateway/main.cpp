// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/command.hpp"

int main(int argc, char** argv) { return app::commands::run(argc, argv); }
