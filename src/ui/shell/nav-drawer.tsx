// The navigation on a narrow screen.
import { Drawer } from "../components/mantine/drawer.tsx";
import { Navigation } from "./navigation.tsx";

export function NavDrawer({ opened, onClose }: { opened: boolean; onClose(): void }) {
  return (
    <Drawer opened={opened} onClose={onClose} title="DistCron">
      <Navigation onGo={onClose} />
    </Drawer>
  );
}
