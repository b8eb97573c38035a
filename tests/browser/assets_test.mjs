// SPDX-License-Identifier: Apache-2.0
// What the build lays out.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

import { build } from "../../web/app/build.mjs";
import { visit } from "./support/browser.mjs";
import { play } from "./support/statistics.mjs";

export const tests = {
  "every address bears the hash of its content, and the shell has neither scripts nor styles in itself":
    () => {
      const { shell, files } = build();
      for (const { path } of files)
        assert.match(path, /^\/assets\/[\w.-]+\.[\w-]{10}\.(js|css|json|svg|txt)$/);
      assert.doesNotMatch(shell, /<script>|<style|style=|\son\w+=|\{[\w.-]+\}/);
      for (const [, path] of shell.matchAll(/(?:href|src)="([^"]+)"/g))
        assert.ok(
          files.some((one) => one.path === path),
          path,
        );
    },
  "the first page takes less than 60 kB in either language, plots and all": async (world) => {
    const { files, shell } = build();
    for (const [role, path, language] of [
      ["user", "/quarantine", "en"],
      ["user", "/quarantine", "ja"],
      ["administrator", "/admin", "ja"],
    ]) {
      const page = await world.page(role, { language });
      const asked = new Set();
      page.on("request", (request) => asked.add(new URL(request.url()).pathname));
      if (role === "administrator") await play(page);
      await visit(page, path);
      if (role === "administrator") await page.locator(".plot path.line").first().waitFor();
      const sizes = [...asked]
        .map((one) => files.find((file) => file.path === one))
        .filter(Boolean)
        .map((file) => gzipSync(file.text, { level: 9 }).length);
      const total = sizes.reduce((sum, size) => sum + size, gzipSync(shell).length);
      assert.ok(total < 60000, `${path}: ${total} octets in ${sizes.length} files`);
      console.log(`      ${path}: ${total} octets in ${sizes.length} files`);
      await page.context().close();
    }
  },
};
