import type { Metadata } from "next";
import { Suspense, type ReactNode } from "react";
import { Notifications } from "@/components/Notifications";

// An empty icon: without one, browsers ask for /favicon.ico.
export const metadata: Metadata = { title: "Duels", icons: "data:," };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <main>
          <Suspense>{children}</Suspense>
        </main>
        <Notifications />
      </body>
    </html>
  );
}
