import type { Metadata } from "next";
import { Suspense, type ReactNode } from "react";
import { Notifications } from "@/components/Notifications";

export const metadata: Metadata = { title: "Duels" };

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
