// The navigation on a narrow screen.
import { Drawer } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Navigation } from "./navigation.tsx";

export function NavDrawer({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      size={240}
      title="DistCron"
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Navigation onGo={onClose} />
    </Drawer>
  );
}
